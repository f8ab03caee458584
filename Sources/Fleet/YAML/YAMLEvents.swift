import CYAML

/// libyaml's parser: bytes in, events out.
struct YAMLEvents: ~Copyable {
    enum Event {
        case documentStart
        case scalar(YAMLScalar, tag: String?)
        case sequenceStart
        case sequenceEnd
        case mappingStart
        case mappingEnd
        case alias
        /// An anchor (`&name`) or an explicit tag stands before a node.
        case decorated(String)
        case streamEnd
        /// Events that say nothing here: stream start, document end.
        case other
    }

    /// Where libyaml gave up, in its words.
    struct SyntaxError: Error {
        var position: Position
        var problem: String
        var context: String?
        var contextLine: Int
    }

    // On the heap: libyaml keeps pointers into the parser itself.
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let input: UnsafeMutableBufferPointer<UInt8>

    /// Nil when there is no memory.
    init?(_ bytes: [UInt8]) {
        parser = .allocate(capacity: 1)
        guard yaml_parser_initialize(parser) == 1 else {
            parser.deallocate()
            return nil
        }
        input = .allocate(capacity: max(bytes.count, 1))
        _ = input.update(fromContentsOf: bytes)
        yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        yaml_parser_set_input_string(parser, input.baseAddress, bytes.count)
    }

    deinit {
        yaml_parser_delete(parser)
        parser.deallocate()
        input.deallocate()
    }

    /// The next event and where it begins.
    mutating func next() throws(SyntaxError) -> (Event, Position) {
        var raw = yaml_event_t()
        guard yaml_parser_parse(parser, &raw) == 1 else { throw syntaxError() }
        defer { yaml_event_delete(&raw) }
        return (Self.event(raw), Self.position(raw.start_mark))
    }

    private func syntaxError() -> SyntaxError {
        let state = parser.pointee
        return SyntaxError(
            position: Self.position(state.problem_mark),
            problem: state.problem.map { String(cString: $0) } ?? "unreadable",
            context: state.context.map { String(cString: $0) },
            contextLine: Self.position(state.context_mark).line
        )
    }

    private static func position(_ mark: yaml_mark_t) -> Position {
        Position(line: Int(clamping: mark.line) + 1, column: Int(clamping: mark.column) + 1)
    }

    private static func event(_ raw: yaml_event_t) -> Event {
        switch raw.type {
        case YAML_STREAM_END_EVENT: return .streamEnd
        case YAML_DOCUMENT_START_EVENT: return .documentStart
        case YAML_ALIAS_EVENT: return .alias
        case YAML_SCALAR_EVENT:
            let scalar = raw.data.scalar
            if scalar.anchor != nil { return .decorated("an anchor") }
            let bytes = UnsafeBufferPointer(start: scalar.value, count: scalar.length)
            let text = String(decoding: bytes, as: UTF8.self)
            let isPlain = scalar.style == YAML_PLAIN_SCALAR_STYLE
            return .scalar(
                YAMLScalar(marked: text, isPlain: isPlain, literalStart: literalStart(of: text, raw)),
                tag: self.text(scalar.tag)
            )
        case YAML_SEQUENCE_START_EVENT:
            return decoration(raw.data.sequence_start.anchor, raw.data.sequence_start.tag) ?? .sequenceStart
        case YAML_MAPPING_START_EVENT:
            return decoration(raw.data.mapping_start.anchor, raw.data.mapping_start.tag) ?? .mappingStart
        case YAML_SEQUENCE_END_EVENT: return .sequenceEnd
        case YAML_MAPPING_END_EVENT: return .mappingEnd
        default: return .other
        }
    }

    /// Where a scalar's text begins, if the file has it character for character on one line.
    private static func literalStart(of text: String, _ raw: yaml_event_t) -> Position? {
        let quotes: Int
        switch raw.data.scalar.style {
        case YAML_PLAIN_SCALAR_STYLE: quotes = 0
        case YAML_SINGLE_QUOTED_SCALAR_STYLE, YAML_DOUBLE_QUOTED_SCALAR_STYLE: quotes = 2
        default: return nil
        }
        let (start, end) = (raw.start_mark, raw.end_mark)
        // An escape takes more characters in the file than in the text, a line break changes the line.
        guard start.line == end.line, end.column == start.column + text.unicodeScalars.count + quotes else {
            return nil
        }
        let position = position(start)
        return Position(line: position.line, column: position.column + quotes / 2)
    }

    private static func decoration(
        _ anchor: UnsafeMutablePointer<yaml_char_t>?,
        _ tag: UnsafeMutablePointer<yaml_char_t>?
    ) -> Event? {
        if anchor != nil { return .decorated("an anchor") }
        return text(tag).map { .decorated("the tag '\($0)'") }
    }

    private static func text(_ pointer: UnsafeMutablePointer<yaml_char_t>?) -> String? {
        pointer.map { String(cString: $0) }
    }
}
