var n=new WeakSet;function o(c){!c||n.has(c)||(n.add(c),c.focus())}export{o as a};
