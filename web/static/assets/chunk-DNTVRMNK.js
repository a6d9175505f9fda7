var e=["gathering","drafting","refining","deciding","agreed"],t=["climate","strategic_planning","procurement","merger","other"],n=["anonymous","named","never"];export{e as a,t as b,n as c};
