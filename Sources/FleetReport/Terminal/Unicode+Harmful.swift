extension Unicode.Scalar {
    /// Whether it does something to a terminal instead of being shown.
    var isControl: Bool { properties.generalCategory == .control }

    /// Whether it turns the direction of writing round, which would also turn words of ours.
    var turnsWriting: Bool { (0x202A...0x202E).contains(value) || (0x2066...0x2069).contains(value) }
}
