//===- codegen/report/PageStyle.h - how the page looks ---------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef QWENC_CODEGEN_REPORT_PAGESTYLE_H
#define QWENC_CODEGEN_REPORT_PAGESTYLE_H

namespace qwenc {

/// One column that is as wide as a phone or 50 em; colours follow the reader's
/// choice of light or dark.
inline constexpr char kPageStyle[] = R"css(
:root{color-scheme:light dark;--bg:#fff;--fg:#1a1c20;--dim:#667;--line:#dde;
--memory:#0a7f8c;--compute:#c2581b;--m2:#7a5cc4;--m3:#8a8f99}
@media(prefers-color-scheme:dark){:root{--bg:#14161a;--fg:#e8eaee;--dim:#9aa3b0;--line:#30353d;
--memory:#38b6c4;--compute:#f08a4b;--m2:#a68cf0}}
*{box-sizing:border-box}
body{margin:0 auto;padding:1rem;max-width:50rem;background:var(--bg);color:var(--fg);
font:1rem/1.45 system-ui,sans-serif;overflow-wrap:anywhere}
h1{font-size:1.5rem}h2{margin:2.5rem 0 .5rem;border-top:2px solid var(--line);padding-top:1rem}
h3{margin:1.5rem 0 .5rem;font-size:1.05rem}
a{color:inherit}.small{color:var(--dim);font-size:.85rem}
.scroll{overflow-x:auto}
table{border-collapse:collapse;min-width:100%;overflow-wrap:normal}
th,td{padding:.3rem .6rem;border-bottom:1px solid var(--line);text-align:right;vertical-align:top;
font-variant-numeric:tabular-nums}
th:first-child{text-align:left;font-weight:600}
.plot{display:block;width:100%;height:auto;margin:1rem 0 0}
.plot text{fill:var(--dim);font-size:14px;font-family:inherit}
.plot .dot{fill:var(--fg);font-weight:600}.plot .dot.left{text-anchor:end}
.grid{stroke:var(--line)}.mem{stroke:var(--memory);stroke-width:2.5}
.roof{stroke:var(--compute);stroke-width:2.5}.one{stroke-width:1.5;stroke-dasharray:5 4}
circle{stroke:var(--bg);stroke-width:1.5}
.decode{fill:var(--memory);background:var(--memory)}
.prefill{fill:var(--compute);background:var(--compute)}
.key{display:inline-block;width:.8em;height:.8em;border-radius:50%}
.ops{list-style:none;counter-reset:op;margin:0;padding:0}
.ops li{counter-increment:op;display:grid;gap:0 .6rem;align-items:center;padding:.35rem 0;
border-bottom:1px solid var(--line);font-size:.9rem;
grid-template:"name num ms" "bar bar bar" "bound bound bound"/1fr auto auto}
.ops .name{grid-area:name}.ops .name::before{content:counter(op) ". ";color:var(--dim)}
.ops .num{grid-area:num;font-variant-numeric:tabular-nums}.ops .num+.num{grid-area:ms;
color:var(--dim)}
.ops .bar{grid-area:bar;height:.7rem;background:var(--line);border-radius:.2rem;overflow:hidden}
.ops .bound{grid-area:bound;color:var(--dim);font-size:.8rem}
.ops i,.stack i{display:block;height:100%}
i.memory{background:var(--memory)}i.compute{background:var(--compute)}i.none{background:var(--m3)}
.stack{display:flex;height:1.4rem;border-radius:.25rem;overflow:hidden;margin-top:1rem}
.legend{list-style:none;margin:.4rem 0;padding:0;display:flex;flex-wrap:wrap;gap:.2rem 1rem;
font-size:.9rem}
.legend i{display:inline-block;width:.8em;height:.8em;margin-right:.4em;border-radius:.15em}
.m0{background:var(--memory)}.m1{background:var(--compute)}.m2{background:var(--m2)}
.m3{background:var(--m3)}
details{margin-top:1rem}summary{cursor:pointer;font-weight:600;padding:.3rem 0}
.card{border-top:1px solid var(--line);padding:.5rem 0;font-size:.9rem}
@media(max-width:40rem){table{font-size:.82rem}th,td{padding:.25rem .35rem}}
@media(min-width:40rem){th:first-child{white-space:nowrap}.ops li{grid-template:"name bar num ms bound"/15rem 1fr 4rem 6rem 9rem}
.ops .num{text-align:right}}
)css";

} // namespace qwenc
#endif
