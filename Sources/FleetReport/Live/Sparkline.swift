import Foundation

/// A row of bars, one for each value, on a logarithmic scale: latencies of a run span decades.
enum Sparkline {
    private static let bars: [Character] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]

    /// Draws the last values that fit.
    /// - Parameters:
    ///   - values: microseconds, oldest first; nil where there is none, which leaves a gap.
    ///   - range: what the lowest and the highest bar stand for.
    ///   - width: the most bars.
    /// - Returns: a character for each value that fits.
    static func draw(_ values: [Int64?], range: ClosedRange<Int64>, width: Int) -> String {
        let low = log10(Double(max(1, range.lowerBound)))
        let span = log10(Double(max(1, range.upperBound))) - low
        return String(
            values.suffix(max(0, width)).map { value -> Character in
                guard let value else { return " " }
                guard span > 0 else { return bars[0] }
                let share = (log10(Double(max(1, value))) - low) / span
                return bars[Int((min(max(share, 0), 1) * Double(bars.count - 1)).rounded())]
            }
        )
    }
}
