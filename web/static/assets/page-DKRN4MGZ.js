import{d as o}from"./chunk-2NZOV7BE.js";function e({session:s}){return o("p",{children:s.title})}export{e as RoomPage};
