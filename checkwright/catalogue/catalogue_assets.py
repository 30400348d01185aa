"""Style sheet and search script of the catalogue. Without the script each page is complete, but there is no search."""

from checkwright.web import style

STYLE = (
    style.STYLE
    + """\
:root{--link:#0a58ca;--mark:#fff3cd;--markfg:#5c4400}
@media (prefers-color-scheme:dark){:root{--link:#7ab0ff;--mark:#3a2f0b;--markfg:#f3d88a}}
a{color:var(--link)}main{padding-bottom:10px}main p a,main li a,dd a{text-decoration:underline}
.skip{position:absolute;left:-999px}.skip:focus{left:8px;top:8px;background:var(--bg);padding:6px 10px;z-index:9}
header{display:flex;gap:10px 24px;align-items:center;flex-wrap:wrap;padding-top:12px;padding-bottom:10px}
header nav{flex:1 1 auto}header nav a{text-decoration:none}header nav a:hover{text-decoration:underline}
.search{position:relative;flex:0 1 430px;min-width:200px}
.search input{width:100%;font:inherit;padding:6px 10px;border:1px solid var(--dim);border-radius:6px;
background:var(--bg);color:var(--fg)}
.found{position:absolute;z-index:8;left:0;right:0;top:100%;margin:4px 0 0;padding:4px;list-style:none;max-height:70vh;
overflow:auto;background:var(--card);border:1px solid var(--dim);border-radius:6px;box-shadow:0 6px 22px #0005}
.found li{margin:0;padding:5px 8px;border-radius:4px;cursor:pointer;overflow-wrap:anywhere}
.found li[aria-selected=true]{background:var(--link);color:var(--bg)}.found li b{font-weight:600}
.found span{display:block;font-size:13px}.found .none{cursor:default}
h1{font-size:24px;margin:14px 0 2px;overflow-wrap:anywhere}h2{margin:30px 0 6px}h3{margin:0 0 2px;font-size:17px}
.lead{font-size:16px;margin:2px 0 10px}th,td{text-align:left;vertical-align:top;overflow-wrap:break-word}
time{white-space:nowrap}.parity{table-layout:fixed}.parity th:first-child{width:16%}
tbody th{font-size:15px;color:var(--fg)}td ul,td p,th p{margin:0}td ul{padding-left:0;list-style:none}
th p{font-weight:400;font-size:13px;color:var(--dim)}td.num,th.num{text-align:right}
.watches{table-layout:fixed}.watches th:first-child{width:28%}.watches th:nth-child(2){width:38%}
.watches th:nth-child(4){width:100px}.watches+h3,.wide+h3{margin-top:20px}td p+p{margin-top:4px}
tr:target,section:target{background:var(--mark);color:var(--markfg)}tr:target a,section:target a{color:inherit}
tr:target p,section:target .dim,section:target th,section:target dt,tr:target .why{color:inherit}
dl.facts{display:grid;grid-template-columns:max-content 1fr;gap:2px 16px;margin:8px 0}dt{color:var(--dim)}dd{margin:0;
overflow-wrap:anywhere}section.watch{border-top:1px solid var(--line);padding:14px 8px 12px;margin:0 -8px}
.why{font-size:13px;color:var(--dim);display:block}.note{background:var(--card);border:1px solid var(--line);
border-left:5px solid var(--work);border-radius:6px;padding:8px 14px;margin:10px 0}
.note.off{border-left-color:var(--wait)}
.tag{display:inline-block;border:1px solid var(--line);border-radius:4px;padding:0 6px;margin:0 6px 3px 0;
font-size:13px;background:var(--card)}code,pre{font:13px/1.5 ui-monospace,monospace;overflow-wrap:break-word}
pre{white-space:pre-wrap;background:var(--card);border:1px solid var(--line);border-radius:6px;padding:8px 10px;
margin:6px 0}
summary{cursor:pointer;color:var(--link)}details{margin:6px 0}.past{color:var(--bad);font-weight:600}
.pages{margin:8px 0}.hosts{columns:240px;list-style:none;padding:0;margin:6px 0}
:focus-visible{outline:2px solid var(--link);outline-offset:2px}
@media (max-width:700px){header,main,footer{padding-left:14px;padding-right:14px}
.stack thead{position:absolute;left:-999px}
.stack,.stack tbody,.stack tr,.stack th,.stack td{display:block;width:auto!important}
.stack tr{border-bottom:1px solid var(--line);padding:8px 0}
.stack th,.stack td{border:0;overflow-wrap:anywhere;padding:1px 0;text-align:left!important}
.stack td:empty{display:none}.stack td[data-l]::before{content:attr(data-l) ": ";color:var(--dim);font-size:13px}
.watches td:nth-child(2)::before{content:"Alerts: ";color:var(--dim);font-size:13px}
.watches td:nth-child(3)::before{content:"Notifies: ";color:var(--dim);font-size:13px}
dl.facts{grid-template-columns:1fr;gap:0}dd{margin:0 0 6px}.search{flex:1 1 100%}}
@media print{.search,.skip,nav.pages{display:none}body{font-size:11px}a{color:inherit;text-decoration:none}
details>*{display:block}
details::details-content{content-visibility:visible;block-size:auto}
tr,section.watch{break-inside:avoid}.note{border:1px solid #999}
main,header,footer{max-width:none}}
"""
)

#: Rows of `CATALOGUE`: kind, name, detail, path, further text. `rank` is that of `search_index.rank` in Python.
SCRIPT = """\
"use strict";
(()=>{
const root=document.body.dataset.root,box=document.getElementById(":search"),list=document.getElementById(":found");
const today=new Date().toLocaleDateString("sv");
for(const one of document.querySelectorAll("time")){
if(one.dateTime&&one.dateTime.slice(0,10)<today&&!one.dataset.begin){one.classList.add("past");one.append(" (past)")}}
const opened=()=>{const one=location.hash&&document.getElementById(decodeURIComponent(location.hash.slice(1)));
if(one)for(const part of one.querySelectorAll("details"))part.open=true};
addEventListener("hashchange",opened);opened();
if(!box)return;
box.hidden=false;
let rows=null,chosen=-1,shown=[];
const load=()=>{if(rows||document.getElementById(":rows"))return;const script=document.createElement("script");
script.id=":rows";script.src=root+"assets/index.js";script.onload=()=>{
rows=CATALOGUE.map(row=>[row,row[1].toLowerCase(),row.slice(1,3).concat(row[4]||"").join(" ").toLowerCase()]);show()};
script.onerror=()=>{rows=[];say("The index assets/index.js cannot be read.")};document.head.append(script)};
const rank=(name,text,words,whole)=>{if(!words.every(word=>text.includes(word)))return -1;
if(name===whole)return 0;if(name.startsWith(whole))return 1;
const at=name.indexOf(whole);if(at>0&&!/[a-z0-9]/.test(name[at-1]))return 2;if(at>=0)return 3;
return words.every(word=>name.includes(word))?4:5};
const KINDS=["host","role","team","check","watch","exception"];
const search=query=>{const whole=query.trim().toLowerCase(),words=whole.split(/\\s+/).filter(Boolean),found=[];
if(!words.length)return found;
for(const [row,name,text] of rows){const value=rank(name,text,words,whole);
if(value>=0)found.push([value,KINDS.indexOf(row[0]),row])}
found.sort((one,other)=>one[0]-other[0]||one[1]-other[1]||(one[2][1]<other[2][1]?-1:one[2][1]>other[2][1]?1:0));
return found.map(one=>one[2])};
const open=state=>{list.hidden=!state;box.setAttribute("aria-expanded",String(state))};
const say=text=>{const item=document.createElement("li");item.className="none";item.setAttribute("role","option");
item.setAttribute("aria-disabled","true");item.textContent=text;list.replaceChildren(item);open(true)};
const choose=at=>{chosen=at;[...list.children].forEach((item,number)=>item.setAttribute("aria-selected",
String(number===at)));const item=list.children[at];
if(item){box.setAttribute("aria-activedescendant",item.id);item.scrollIntoView({block:"nearest"})}
else box.removeAttribute("aria-activedescendant")};
const go=row=>{location.href=root+row[3]};
const show=()=>{if(!rows)return;const all=search(box.value);shown=all.slice(0,30);chosen=-1;
box.removeAttribute("aria-activedescendant");
if(!box.value.trim()){open(false);return}
if(!shown.length){say("Nothing found.");return}
list.replaceChildren(...shown.map((row,number)=>{
const item=document.createElement("li"),name=document.createElement("b"),
detail=document.createElement("span");item.id=":found-"+number;item.setAttribute("role","option");
item.setAttribute("aria-selected","false");name.textContent=row[1];detail.textContent=row[0]+" - "+row[2];
item.append(name,detail);item.addEventListener("mousedown",event=>{event.preventDefault();go(row)});return item}));
if(all.length>shown.length){const more=document.createElement("li");more.className="none";
more.setAttribute("role","option");more.setAttribute("aria-disabled","true");
more.textContent=(all.length-shown.length)+" more: type another word.";
list.append(more)}
open(true)};
box.addEventListener("focus",load);box.addEventListener("input",()=>{load();show()});
box.addEventListener("blur",()=>open(false));
box.addEventListener("keydown",event=>{const last=shown.length-1;
if(event.key==="ArrowDown"){event.preventDefault();choose(chosen>=last?0:chosen+1)}
else if(event.key==="ArrowUp"){event.preventDefault();choose(chosen<=0?last:chosen-1)}
else if(event.key==="Enter"&&shown.length&&box.value.trim()){event.preventDefault();go(shown[Math.max(chosen,0)])}
else if(event.key==="Escape"){if(list.hidden)box.blur();else open(false)}});
document.addEventListener("keydown",event=>{const at=event.target;
if(event.key==="/"&&!event.ctrlKey&&!event.metaKey&&!event.altKey&&!/^(input|textarea|select)$/i.test(at.tagName)){
event.preventDefault();box.focus();box.select()}});
globalThis.catalogueSearch=query=>search(query).map(row=>row[3]);
globalThis.catalogueLoad=load;
})();
"""
