/// A place in a file: line and column in characters, both from 1.
struct Position: Sendable, Hashable, Comparable {
    var line: Int
    var column: Int

    static func < (left: Position, right: Position) -> Bool {
        (left.line, left.column) < (right.line, right.column)
    }
}

/// A value in a YAML file and its place.
struct YAMLNode: Sendable {
    enum Content: Sendable {
        case scalar(YAMLScalar)
        case sequence([YAMLNode])
        case mapping([YAMLEntry])
    }

    var position: Position
    var content: Content
}

/// A key of a mapping, its place, and its value.
struct YAMLEntry: Sendable {
    var key: String
    var position: Position
    var value: YAMLNode
}

/// A text as it stands in the file; `${NAME}` is still in it.
struct YAMLScalar: Sendable {
    /// The text with `VariableMarks` around names of environment variables.
    var marked: String
    /// Whether it stands without quotes, so that `20` is a number.
    var isPlain: Bool
    /// Where its first character stands, if all of it stands in the file as it is and on one line; nil where escapes,
    /// line breaks or a block make the text another one than the file has.
    var literalStart: Position?

    /// The text as the user wrote it.
    var raw: String { VariableMarks.unmark(marked) }
}
