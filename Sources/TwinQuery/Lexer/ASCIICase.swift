extension String {
    /// With A to Z for a to z, and nothing else changed: words of the language have no other letters, and full case
    /// mapping would find them in texts such as "ſelect".
    var inCapitals: String { mapASCII(UInt8(ascii: "a")...UInt8(ascii: "z")) { $0 - 0x20 } }

    /// With a to z for A to Z, and nothing else changed.
    var inSmallLetters: String { mapASCII(UInt8(ascii: "A")...UInt8(ascii: "Z")) { $0 + 0x20 } }

    private func mapASCII(_ letters: ClosedRange<UInt8>, _ map: (UInt8) -> UInt8) -> String {
        String(decoding: utf8.map { letters.contains($0) ? map($0) : $0 }, as: UTF8.self)
    }
}
