/// A chart of lines.
///
/// The lines are SVG that stretches with the page, the words beside it are not, so that they stay
/// readable on a telephone and on paper.
struct Chart {
    /// A line.
    struct Series {
        var name: String
        /// Its colour, from 0; past the last one colours come again, with another dash.
        var color: Int
        /// Whether it is dashed, beside a solid one of the same colour.
        var isDashed = false
        /// Its points from left to right; where there is no y the line has a gap.
        var points: [(x: Double, y: Double?)]
    }

    /// How many colours there are.
    static let colors = 6
    private static let width = 1000.0
    private static let height = 400.0

    var title: String
    /// What a reader should know of it; empty for nothing.
    var note = ""
    var x: Scale
    var y: Scale
    var series: [Series]

    var html: HTML {
        let legend = series.map { line -> HTML in
            """
            <li><svg class="key" viewBox="0 0 26 6" aria-hidden="true"><path class="\(Self.look(line))" d="M1 3H25"/></svg>\
            \(line.name)</li>
            """
        }
        let small: HTML = note.isEmpty ? "" : "<small>\(note)</small>"
        let names = series.map(\.name).joined(separator: ", ")
        return """
            <figure class="chart">
            <figcaption><b>\(title)</b>\(small)</figcaption>
            <div class="plot">
            <div class="ys" aria-hidden="true">\(y.ticks.map(vertical))</div>
            <svg role="img" aria-label="\(title): \(names)" viewBox="0 0 1000 400" preserveAspectRatio="none">
            \(y.ticks.map { grid("M0 \(number(1 - $0.position, Self.height))H1000") })
            \(x.ticks.map { grid("M\(number($0.position, Self.width)) 0V400") })
            \(series.map { "<path class=\"\(Self.look($0))\" d=\"\(path($0))\"/>" })
            </svg>
            <div class="xs" aria-hidden="true">\(x.ticks.map(horizontal))</div>
            </div>
            <ul class="legend">\(legend)</ul>
            </figure>
            """
    }

    private static func look(_ series: Series) -> String {
        let isDashed = series.isDashed || series.color / colors % 2 == 1
        return "line s\(series.color % colors)" + (isDashed ? " dashed" : "")
    }

    private func grid(_ path: String) -> HTML { "<path class=\"grid\" d=\"\(path)\"/>" }

    private func vertical(_ tick: Scale.Tick) -> HTML {
        "<span style=\"top:\(number(1 - tick.position, 100))%\">\(tick.label)</span>"
    }

    private func horizontal(_ tick: Scale.Tick) -> HTML {
        let edge = tick.position < 0.02 ? " first" : tick.position > 0.98 ? " last" : ""
        return
            "<span class=\"\(tick.isMinor ? "minor" : "major")\(edge)\" style=\"left:\(number(tick.position, 100))%\">\(tick.label)</span>"
    }

    private func path(_ series: Series) -> String {
        var text = ""
        var last: (x: String, y: String)?
        var isAlone = false
        for point in series.points {
            guard let value = point.y else {
                if isAlone { text += "h0" }
                (last, isAlone) = (nil, false)
                continue
            }
            let place = (x: number(x.position(point.x), Self.width), y: number(1 - y.position(value), Self.height))
            guard let before = last else {
                text += "M\(place.x) \(place.y)"
                (last, isAlone) = (place, true)
                continue
            }
            if before != place { text += "L\(place.x) \(place.y)" }
            (last, isAlone) = (place, false)
        }
        // A line of no length with round ends is a dot.
        return isAlone ? text + "h0" : text
    }

    /// A share of a length with one decimal; shares lie from 0 to 1.
    private func number(_ share: Double, _ length: Double) -> String {
        let tenths = Int((min(max(share, 0), 1) * length * 10).rounded())
        return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)"
    }
}
