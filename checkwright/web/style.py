"""Style sheet that all pages share: colours of both schemes, text, tables, and regions that scroll sideways."""

STYLE = """\
:root{color-scheme:light dark;--bg:#fff;--fg:#1b1f24;--dim:#57606a;--line:#d0d7de;--card:#f6f8fa;--bad:#b3261e;
--work:#2f6fd0;--wait:#d98300}
@media (prefers-color-scheme:dark){:root{--bg:#0f1318;--fg:#e6edf3;--dim:#9aa6b2;--line:#30363d;--card:#171c23;
--bad:#ff8a80;--work:#5b9bf5;--wait:#e8a33d}}
*{box-sizing:border-box}body{margin:0;background:var(--bg);color:var(--fg);font:15px/1.5 system-ui,sans-serif}
header,main,footer{max-width:1180px;margin:0 auto;padding:0 20px}h1{font-size:20px;margin:20px 0 4px}
h2{font-size:19px;margin:36px 0 4px}h3{font-size:16px;margin:26px 0 2px}p{margin:2px 0 8px}.dim{color:var(--dim)}
.wide{overflow-x:auto}table{border-collapse:collapse;font-variant-numeric:tabular-nums;width:100%}
th,td{padding:4px 10px;border-bottom:1px solid var(--line)}
th{font-weight:600;font-size:13px;color:var(--dim)}
li{margin:3px 0}footer{margin-top:36px;padding-bottom:30px;font-size:13px;color:var(--dim)}
@media print{.wide{overflow:visible}}
"""
