"""Style sheet and script of the page. The script only sorts tables: without it the page is complete."""

from checkwright.web import style

STYLE = (
    style.STYLE
    + """\
:root{--h0:#e8f1fa;--h1:#c9dff2;--h2:#a3c9e8;--h3:#f7dfa5;--h4:#f4bd6a;--h5:#ea8b3c;--h6:#d9542b;
--h7:#b3261e;--h8:#6d0f1c}
@media (prefers-color-scheme:dark){:root{--h0:#16283a;--h1:#1d3d5c;--h2:#285a86;--h3:#6b5a25;--h4:#94701f;--h5:#b9701f;
--h6:#d4562b;--h7:#ef5b4d;--h8:#ff9d94}}
.answers{list-style:none;padding:0;margin:14px 0}.answers li{background:var(--card);border:1px solid var(--line);
border-left:5px solid var(--work);border-radius:6px;padding:9px 14px;margin:8px 0;overflow-wrap:anywhere}
.answers b{font-size:17px;font-weight:600}.answers li.alert{border-left-color:var(--bad)}.answers span{display:block}
th,td{text-align:right;white-space:nowrap}thead th{white-space:normal;vertical-align:bottom}
th{position:sticky;top:0;background:var(--bg)}
th:first-child,td:first-child{text-align:left;white-space:normal;overflow-wrap:anywhere;min-width:250px}
td.text,th.text{text-align:left}
th button{font:inherit;color:inherit;text-align:inherit;background:none;border:0;padding:0;cursor:pointer}
th[aria-sort=ascending] button::after{content:" \\25b2"}th[aria-sort=descending] button::after{content:" \\25bc"}
.over{color:var(--bad);font-weight:600}svg{display:block;max-width:none}svg text{font:11px ui-monospace,monospace;
fill:var(--fg)}svg text.dim{fill:var(--dim)}svg text.name{text-anchor:end}svg text.mid{text-anchor:middle}
.grid{stroke:var(--line)}.curve,.spark{fill:none;stroke-width:2}.spark{stroke:var(--work);stroke-width:1.3}
.before{stroke:var(--dim)}.after{stroke:var(--bad)}.work{fill:var(--work)}.wait{fill:var(--wait)}.pale{opacity:.4}
.h0{fill:var(--h0)}.h1{fill:var(--h1)}.h2{fill:var(--h2)}.h3{fill:var(--h3)}.h4{fill:var(--h4)}.h5{fill:var(--h5)}
.h6{fill:var(--h6)}.h7{fill:var(--h7)}.h8{fill:var(--h8)}.key{display:inline-block;width:11px;height:11px;
border-radius:2px;margin:0 4px 0 12px}.key.work{background:var(--work)}.key.wait{background:var(--wait)}
.key.before{background:var(--dim)}.key.after{background:var(--bad)}figure{margin:8px 0}figcaption{font-size:14px}
@media print{th{position:static}}
"""
)

#: The head of a column becomes a button; a click sorts by the values in data-v, or by the text.
SCRIPT = """\
for(const table of document.querySelectorAll("table.sort")){
const body=table.tBodies[0],heads=[...table.tHead.rows[0].cells];
heads.forEach((head,column)=>{if(!head.textContent)return;
const button=document.createElement("button");button.append(...head.childNodes);head.append(button);
button.addEventListener("click",()=>{const up=head.getAttribute("aria-sort")==="descending";
heads.forEach(other=>other.removeAttribute("aria-sort"));head.setAttribute("aria-sort",up?"ascending":"descending");
const key=row=>row.cells[column].dataset.v;const order=up?1:-1;
const rows=[...body.rows].sort((a,b)=>{const x=key(a),y=key(b);
return x===undefined?order*a.cells[column].textContent.localeCompare(b.cells[column].textContent):order*(x-y)});
body.append(...rows)})})}
"""
