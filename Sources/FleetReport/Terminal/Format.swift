import Fleet
import Foundation

/// How figures are written for people: with a unit, and no more digits than they deserve.
public enum Format {
    /// A time in microseconds with three significant digits, such as `850 µs`, `3.21 ms` or `12.0 s`.
    static func time(microseconds: Int64?) -> String {
        guard let microseconds else { return "-" }
        let value = Double(microseconds)
        switch abs(value) {
        case ..<1000: return "\(microseconds) µs"
        // 999.5 ms would be written as 1000 ms.
        case ..<999_500: return "\(threeDigits(value / 1000)) ms"
        default: return "\(threeDigits(value / 1_000_000)) s"
        }
    }

    /// A duration as ``duration(_:)`` shows it: to a hundredth of a second, from 100 s on to a second.
    static func rounded(_ duration: Duration) -> Duration {
        let (seconds, attoseconds) = duration.components
        guard seconds >= 0, seconds < 100 else { return .seconds(seconds) }
        let hundredth: Int64 = 10_000_000_000_000_000
        return .seconds(seconds) + .milliseconds((attoseconds + hundredth / 2) / hundredth * 10)
    }

    /// A duration of a phase, such as `0.21 s`, `3 min 20 s`, `25 h 30 min` or `366 d 4 h`.
    static func duration(_ duration: Duration) -> String {
        let seconds = Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18
        if seconds < 99.995 { return Self.seconds(seconds) }
        let whole = Int64(clamping: duration.components.seconds)
        switch whole {
        case ..<3600: return "\(whole / 60) min \(whole % 60) s"
        case ..<86_400: return "\(whole / 3600) h \(whole / 60 % 60) min \(whole % 60) s"
        case ..<345_600: return "\(whole / 3600) h \(whole / 60 % 60) min"
        default: return "\(count(Int(clamping: whole / 86_400))) d \(whole / 3600 % 24) h"
        }
    }

    /// CPU seconds, such as `0.21 s`.
    static func seconds(_ seconds: Double) -> String { "\(String(format: "%.2f", seconds)) s" }

    /// A size such as `812 KB` or `45.3 MB`, in steps of 1,024.
    static func bytes(_ bytes: Int64) -> String {
        let value = Double(bytes)
        switch value {
        case ..<1024: return "\(bytes) B"
        case ..<1_048_576: return "\(threeDigits(value / 1024)) KB"
        case ..<1_073_741_824: return "\(threeDigits(value / 1_048_576)) MB"
        default: return "\(threeDigits(value / 1_073_741_824)) GB"
        }
    }

    /// A rate per second, such as `5.00/s` or `1,000/s`.
    static func rate(_ perSecond: Double) -> String {
        perSecond >= 999.5 ? "\(count(Int(exactly: perSecond.rounded()) ?? .max))/s" : "\(threeDigits(perSecond))/s"
    }

    /// A share as percent with one decimal, rounded down, so that 100.0 % means all.
    static func percent(_ share: Double) -> String {
        "\(String(format: "%.1f", (share * 1000).rounded(.down) / 10)) %"
    }

    /// A difference as percent with its sign, such as `+12.3 %` or `-0.4 %`; from ten times on as `×12`.
    static func signedPercent(_ share: Double) -> String {
        if share >= 9 { return "×\(threeDigits(share + 1))" }
        let tenths = (share * 1000).rounded()
        return "\(tenths < 0 ? "-" : "+")\(String(format: "%.1f", abs(tenths) / 10)) %"
    }

    /// A number with commas between groups of three digits.
    public static func count(_ number: Int) -> String { CountText.of(number) }

    /// A number and its noun, with an s unless it is one.
    public static func count(_ number: Int, _ noun: String) -> String {
        CountText.of(number, noun)
    }

    /// A number and its noun, of whose two forms the first is for one.
    static func count(_ number: Int, _ singular: String, _ plural: String) -> String {
        CountText.of(number, singular, plural)
    }

    /// A text that does nothing to a terminal but show: control characters, and what turns the direction of writing round,
    /// are replaced; colours of ours stay.
    ///
    /// Names and reasons come from files and hubs, and a summary may be somebody else's.
    static func printable(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: { $0.isControl || $0.turnsWriting }) else { return text }
        var shown = String.UnicodeScalarView()
        var rest = text.unicodeScalars[...]
        while let scalar = rest.first {
            if scalar == "\u{1B}", let end = endOfColour(rest) {
                shown += rest[..<end]
                rest = rest[end...]
            } else {
                let isHarmful = scalar.turnsWriting || (scalar.isControl && scalar != "\n")
                shown.append(isHarmful ? "\u{FFFD}" : scalar)
                rest.removeFirst()
            }
        }
        return String(shown)
    }

    /// Where an escape sequence that sets a colour ends; nil when it is another.
    private static func endOfColour(_ text: Substring.UnicodeScalarView) -> String.Index? {
        let parameters = text.dropFirst(2).prefix { ("0"..."9").contains($0) }
        guard text.dropFirst().first == "[", text[parameters.endIndex...].first == "m" else { return nil }
        return text.index(after: parameters.endIndex)
    }

    /// A text brought to a width by spaces at its right; a longer one stays.
    public static func left(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }

    /// A text brought to a width by spaces at its left; a longer one stays.
    public static func right(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }

    /// A text of at most so many characters; a longer one loses its middle, for both ends tell more.
    static func shortened(_ text: String, to width: Int) -> String {
        guard text.count > width, width > 1 else { return text }
        let head = (width - 1) / 2
        return "\(text.prefix(head))…\(text.suffix(width - 1 - head))"
    }

    private static func threeDigits(_ value: Double) -> String {
        let magnitude = abs(value)
        // 9.995 would be written as 10.00, one digit too many.
        let decimals = magnitude < 9.995 ? 2 : magnitude < 99.95 ? 1 : 0
        return String(format: "%.\(decimals)f", value)
    }
}
