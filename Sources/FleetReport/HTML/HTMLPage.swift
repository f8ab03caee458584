/// A whole page: it needs no script and asks for nothing else, from wherever it is opened.
struct HTMLPage {
    var title: String
    var body: HTML

    var text: String {
        let page: HTML = """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8"/>
            <meta name="viewport" content="width=device-width, initial-scale=1"/>
            <meta name="color-scheme" content="light dark"/>
            <meta http-equiv="Content-Security-Policy" \
            content="default-src 'none'; style-src 'unsafe-inline'; img-src data:"/>
            <meta name="referrer" content="no-referrer"/>
            <link rel="icon" href="data:,"/>
            <title>\(title)</title>
            <style>
            \(Self.style)
            </style>
            </head>
            <body>
            <main>
            \(body)
            </main>
            </body>
            </html>

            """
        return page.text
    }

    /// A section with a heading; nothing when it is empty.
    static func section(_ heading: String, _ content: HTML) -> HTML {
        content.isEmpty ? "" : "<section>\n<h2>\(heading)</h2>\n\(content)\n</section>"
    }

    /// Pairs of a name and what it stands for.
    static func facts(_ pairs: [(String, HTML)]) -> HTML {
        "<dl>\(pairs.map { "<div><dt>\($0.0)</dt><dd>\($0.1)</dd></div>" })</dl>"
    }

    /// A mark with a word, so that it does not hang on its colour.
    static func mark(_ word: String, _ tone: Tone) -> HTML { "<span class=\"mark \(tone.rawValue)\">\(word)</span>" }

    /// What a colour means.
    enum Tone: String {
        case good
        case doubtful
        case bad
        case faint
    }

    private static let light = """
        --back:#ffffff;--panel:#f6f8fa;--border:#d0d7de;--text:#1f2328;--muted:#59636e;--accent:#0b6bcb;
        --good:#1a7f37;--doubtful:#9a6700;--bad:#cf222e;--badge:#ffffff;--shade:#59636e99;
        """

    private static let dark = """
        --back:#0d1117;--panel:#161b22;--border:#30363d;--text:#e6edf3;--muted:#9198a1;--accent:#6cb2ff;
        --good:#3fb950;--doubtful:#d29922;--bad:#f85149;--badge:#0d1117;--shade:#9198a199;
        """

    /// Colours of lines that colour-blind people can tell apart (Okabe and Ito).
    private static let colors = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00"]

    private static var style: HTML {
        let lines = colors.enumerated().map { ".s\($0.offset){stroke:\($0.element)}" }.joined(separator: "\n")
        return HTML(stringLiteral: ":root{\(light)}\n@media screen and (prefers-color-scheme:dark){:root{\(dark)}}\n")
            + HTML(stringLiteral: lines + "\n") + rules
    }

    private static let rules: HTML = """
        *{box-sizing:border-box}
        html{-webkit-text-size-adjust:100%}
        body{margin:0;background:var(--back);color:var(--text);
        font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","Liberation Sans",Arial,sans-serif}
        main{max-width:1240px;margin:0 auto;padding:20px}
        h1{font-size:1.6rem;line-height:1.25;margin:0;overflow-wrap:anywhere;unicode-bidi:isolate}
        h2{font-size:1.15rem;margin:2rem 0 .6rem;padding-bottom:.25rem;border-bottom:1px solid var(--border)}
        h3{font-size:1rem;margin:1.2rem 0 .4rem}
        p{margin:.4rem 0}
        p.note,figcaption small,footer{color:var(--muted)}
        a{color:var(--accent)}
        header.head{border:1px solid var(--border);border-left:8px solid var(--tone);border-radius:6px;
        background:var(--panel);padding:14px 18px}
        .badge{display:inline-block;background:var(--tone);color:var(--badge);font-weight:700;font-size:1rem;
        padding:.1em .7em;border-radius:4px;margin-right:.5em;vertical-align:middle}
        .tone-good{--tone:var(--good)}.tone-doubtful{--tone:var(--doubtful)}.tone-bad{--tone:var(--bad)}
        .why{margin:.6rem 0 0;padding-left:1.3em;overflow-wrap:anywhere}
        .figures{display:grid;grid-template-columns:repeat(8,1fr);gap:10px;margin:14px 0 0}
        .figures div{border:1px solid var(--border);border-radius:6px;padding:8px 12px}
        .figures b{display:block;font-size:1.25rem;font-variant-numeric:tabular-nums}
        .figures span{color:var(--muted);font-size:.86rem}
        dl{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,340px),1fr));gap:6px 24px;margin:0}
        dl div{display:flex;gap:10px}
        dt{color:var(--muted);flex:0 0 7.5em}
        dd{margin:0;overflow-wrap:anywhere;min-width:0;unicode-bidi:isolate}
        .scroll{overflow-x:auto;margin:.4rem 0 .8rem;background:
        linear-gradient(to right,var(--back) 60%,transparent) left/48px 100% no-repeat local,
        linear-gradient(to left,var(--back) 60%,transparent) right/48px 100% no-repeat local,
        linear-gradient(to right,var(--shade),transparent) left/18px 100% no-repeat scroll,
        linear-gradient(to left,var(--shade),transparent) right/18px 100% no-repeat scroll}
        table{border-collapse:collapse;min-width:100%;font-size:.93rem}
        th,td{padding:4px 10px;border-bottom:1px solid var(--border);text-align:left;vertical-align:top;
        unicode-bidi:isolate}
        th{font-weight:400}
        thead th{color:var(--muted);font-weight:600;white-space:nowrap;background:var(--panel)}
        th.number,td.number{text-align:right;white-space:nowrap;
        font-family:ui-monospace,"SFMono-Regular",Menlo,Consolas,"Liberation Mono",monospace;
        font-variant-numeric:tabular-nums}
        thead th.number{font-family:inherit}
        th.text,td.text{overflow-wrap:anywhere;min-width:10.5em}
        th.word,td.word{white-space:nowrap}
        th.group{font-weight:600;padding-top:10px}
        .mark{font-weight:700;white-space:nowrap}dd .mark,li .mark{white-space:normal}
        .good{color:var(--good)}.doubtful{color:var(--doubtful)}.bad{color:var(--bad)}.faint{color:var(--muted)}
        code{font-family:ui-monospace,Menlo,Consolas,"Liberation Mono",monospace;font-size:.92em;overflow-wrap:anywhere}
        .lane{position:relative;height:14px;min-width:120px;background:var(--panel);border-radius:3px;margin-top:4px}
        .lane i{position:absolute;top:0;bottom:0;min-width:2px;background:var(--accent);border-radius:3px}
        td.wide{width:38%}
        dl+.charts{margin-top:16px}
        .charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,460px),1fr));gap:14px}
        .chart{margin:0;border:1px solid var(--border);border-radius:6px;padding:10px 14px;min-width:0;
        break-inside:avoid}
        figcaption{display:flex;flex-wrap:wrap;gap:0 10px;align-items:baseline;margin-bottom:10px}
        .plot{display:grid;grid-template-columns:4.6em minmax(0,1fr);grid-template-rows:220px 1.6em;font-size:.8rem;
        color:var(--muted);font-variant-numeric:tabular-nums}
        .ys,.xs{position:relative}
        .ys span{position:absolute;right:8px;transform:translateY(-50%);white-space:nowrap}
        .xs{grid-column:2}
        .xs span{position:absolute;top:4px;transform:translateX(-50%);white-space:nowrap}
        .xs .first{transform:none}.xs .last{transform:translateX(-100%)}
        .plot svg{width:100%;height:220px;display:block;overflow:visible}
        .grid{stroke:var(--border);stroke-width:1;fill:none;vector-effect:non-scaling-stroke}
        .line{fill:none;stroke-width:2;stroke-linejoin:round;stroke-linecap:round;vector-effect:non-scaling-stroke}
        .dashed{stroke-dasharray:1 5;stroke-width:2.5}
        .legend{list-style:none;display:flex;flex-wrap:wrap;gap:2px 16px;margin:8px 0 0;padding:0;font-size:.86rem}
        .key{width:26px;height:6px;margin-right:6px;vertical-align:middle}
        footer{margin-top:2.5rem;font-size:.86rem}
        @media (max-width:1100px){.figures{grid-template-columns:repeat(4,1fr)}}
        @media (max-width:620px){th,td{padding:3px 5px}table{font-size:.88rem}th.text,td.text{min-width:8.5em}
        th[scope=row]{position:sticky;left:0;background:var(--back)}
        .figures{grid-template-columns:repeat(2,1fr)}main{padding:10px}header.head{padding:10px 12px}.minor{display:none}
        .plot{grid-template-columns:3.8em minmax(0,1fr);font-size:.74rem}.chart{padding:8px}dt{flex-basis:6.5em}}
        @media print{@page{margin:14mm}body{font-size:10.5pt}main{max-width:none;padding:0}
        *{-webkit-print-color-adjust:exact;print-color-adjust:exact}h2,h3,h2+p,tr:has(.group){break-after:avoid}
        tr,tbody:has(.group),.figures,header.head{break-inside:avoid}.scroll{overflow:visible;background:none}
        .charts{display:block}
        .charts .chart{display:inline-block;width:48.5%;margin:0 .4% 10px;vertical-align:top}p,dl{break-inside:avoid}
        footer{margin-top:.8rem;break-before:avoid}.plot{grid-template-rows:150px 1.6em}.plot svg{height:150px}
        table{font-size:9pt}th,td{padding:2px 6px}}
        """
}

extension HTML {
    static func + (left: HTML, right: HTML) -> HTML { "\(left)\(right)" }
}
