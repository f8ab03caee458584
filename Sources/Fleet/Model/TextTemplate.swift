import IoTHub

/// A text with placeholders, taken apart once so that filling it in is only appending.
struct TextTemplate: Sendable, Hashable {
    enum Segment: Sendable, Hashable {
        case literal(String)
        case index(modulus: UInt64?, width: Int)
        case integer(RandomInteger)
        case decimal(RandomDecimal)
        case change
        case id
    }

    /// What placeholders stand for, apart from chance.
    struct Values {
        var index: Int
        var id = ""
        var change: UInt64 = 0
    }

    var segments: [Segment]

    /// Whether the text is the same for every device and every change.
    var isConstant: Bool {
        segments.allSatisfy { segment in
            if case .literal = segment { true } else { false }
        }
    }

    func text(_ values: Values, using generator: inout SplitMix64) -> String {
        var text = ""
        for segment in segments { append(segment, to: &text, values, using: &generator) }
        return text
    }

    /// The text as a twin's value: a number when it is a single placeholder for a number without leading zeros.
    func value(_ values: Values, using generator: inout SplitMix64) -> JSON {
        guard segments.count == 1, let segment = segments.first else {
            return .string(text(values, using: &generator))
        }
        switch segment {
        case .index(let modulus, width: 0): return .integer(Int64(clamping: Self.index(values.index, modulus)))
        case .integer(let range): return .integer(range.draw(using: &generator))
        case .decimal(let range): return .double(range.draw(using: &generator))
        case .change: return .integer(Int64(clamping: values.change))
        case .literal(let text): return .string(text)
        case .id: return .string(values.id)
        case .index: return .string(text(values, using: &generator))
        }
    }

    private func append(
        _ segment: Segment,
        to text: inout String,
        _ values: Values,
        using generator: inout SplitMix64
    ) {
        switch segment {
        case .literal(let literal): text += literal
        case .index(let modulus, let width):
            let digits = String(Self.index(values.index, modulus))
            text += String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
        case .integer(let range): text += String(range.draw(using: &generator))
        case .decimal(let range): text += range.draw(using: &generator).description
        case .change: text += String(values.change)
        case .id: text += values.id
        }
    }

    private static func index(_ index: Int, _ modulus: UInt64?) -> UInt64 {
        let index = UInt64(clamping: index)
        guard let modulus, modulus > 0 else { return index }
        return index % modulus
    }
}

/// A range of integers to draw from, ends included: `{random:1..60}`.
struct RandomInteger: Sendable, Hashable {
    let lowest: Int64
    let highest: Int64
    private let count: UInt64

    /// Nil when the range is reversed.
    init?(_ lowest: Int64, _ highest: Int64) {
        guard lowest <= highest else { return nil }
        self.lowest = lowest
        self.highest = highest
        // The whole range of Int64 has 2^64 values; one fewer is near enough.
        let distance = UInt64(bitPattern: highest &- lowest)
        count = distance == .max ? .max : distance + 1
    }

    func draw(using generator: inout SplitMix64) -> Int64 {
        // At most `highest`, because the offset is at most their distance.
        lowest &+ Int64(bitPattern: generator.next(below: count))
    }
}

/// A range of decimal numbers to draw from, in steps of the last digit written: `{random:0.5..2.5}`.
struct RandomDecimal: Sendable, Hashable {
    let steps: RandomInteger
    let divisor: Double

    func draw(using generator: inout SplitMix64) -> Double { Double(steps.draw(using: &generator)) / divisor }
}

extension TextTemplate {
    /// Bytes of UTF-8 that the text has at most.
    func maximumSize(greatestIndex: Int) -> Int {
        segments.reduce(0) { $0 + Self.maximumSize($1, greatestIndex) }
    }

    private static func maximumSize(_ segment: Segment, _ greatestIndex: Int) -> Int {
        switch segment {
        case .literal(let text): return text.utf8.count
        case .index(let modulus, let width):
            let greatest = min(UInt64(clamping: greatestIndex), modulus.map { $0 - min($0, 1) } ?? .max)
            return max(width, String(greatest).utf8.count)
        case .integer(let range): return max(String(range.lowest).utf8.count, String(range.highest).utf8.count)
        case .decimal(let range):
            // Point and zeros before it come on top of the digits.
            return 2 + max(String(range.steps.lowest).utf8.count, String(range.steps.highest).utf8.count, 17)
        case .change: return String(UInt64.max).utf8.count
        case .id: return DeviceID.maximumLength
        }
    }
}
