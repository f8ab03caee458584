/// Ways to cut a stream of bytes into the pieces in which it arrives.
public enum Cuts {
    /// Whole, byte by byte, and in random pieces.
    /// - Parameters:
    ///   - bytes: the stream.
    ///   - seed: what the random pieces are made from.
    /// - Returns: seven ways.
    public static func all(of bytes: [UInt8], seed: UInt64 = 1) -> [[ArraySlice<UInt8>]] {
        var generator = SeededGenerator(seed: seed)
        return [[bytes[...]], bytes.indices.map { bytes[$0...$0] }]
            + (0..<5).map { _ in random(bytes, using: &generator) }
    }

    /// Random pieces, none of them empty.
    /// - Parameters:
    ///   - bytes: the stream.
    ///   - generator: where chance comes from.
    /// - Returns: the pieces in order.
    public static func random(_ bytes: [UInt8], using generator: inout SeededGenerator) -> [ArraySlice<UInt8>] {
        var pieces: [ArraySlice<UInt8>] = []
        var start = 0
        while start < bytes.count {
            let end = min(bytes.count, start + Int.random(in: 1...max(1, bytes.count / 3), using: &generator))
            pieces.append(bytes[start..<end])
            start = end
        }
        return pieces
    }
}
