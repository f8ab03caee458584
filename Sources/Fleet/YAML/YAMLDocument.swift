/// Reads the one document of a file into a tree; tells every duplicate key, and stops at the first fault of syntax.
struct YAMLDocument {
    /// Levels that mappings and lists may be nested.
    static let maximumDepth = 40

    /// The faults that cannot be read over.
    private struct Stop: Error {}

    private let mistakes: Mistakes

    /// The tree; nil when the mistakes say why there is none.
    static func read(_ bytes: [UInt8], _ mistakes: Mistakes) -> YAMLNode? {
        if let fault = SourceText.fault(in: bytes) {
            mistakes.add(fault)
            return nil
        }
        let marked = VariableMarks.mark(Array(bytes.trimmingPrefix("\u{FEFF}".utf8)))
        guard var events = YAMLEvents(marked) else {
            mistakes.add(Fault("no memory", expected: "enough to read the file").at(1, 1))
            return nil
        }
        let document = YAMLDocument(mistakes: mistakes)
        do throws(YAMLEvents.SyntaxError) {
            return try document.root(&events)
        } catch {
            mistakes.add(YAMLSyntax.explain(error, in: marked))
            return nil
        }
    }

    private func root(_ events: inout YAMLEvents) throws(YAMLEvents.SyntaxError) -> YAMLNode? {
        var root: YAMLNode?
        while true {
            let (event, position) = try events.next()
            switch event {
            case .streamEnd:
                if root == nil {
                    mistakes.add(Fault("an empty file", expected: "a fleet, as in fleets/demo.yaml").at(1, 1))
                }
                return root
            case .documentStart:
                if root != nil {
                    mistakes.add(Fault("a second document", expected: "one fleet in a file").at(position))
                    return nil
                }
            case .other: continue
            default:
                do {
                    root = try node(event, position, &events, depth: 0)
                } catch let error as YAMLEvents.SyntaxError {
                    throw error
                } catch {
                    return nil
                }
            }
        }
    }

    private func node(
        _ event: YAMLEvents.Event,
        _ position: Position,
        _ events: inout YAMLEvents,
        depth: Int
    ) throws -> YAMLNode {
        if depth > Self.maximumDepth {
            mistakes.add(
                Fault("values nested deeper than \(Self.maximumDepth) levels", expected: "a flatter file").at(position)
            )
            throw Stop()
        }
        switch event {
        case .scalar(let scalar, let tag):
            if let tag { refuse("the tag '\(tag)'", position) }
            return YAMLNode(position: position, content: .scalar(scalar))
        case .sequenceStart:
            var nodes: [YAMLNode] = []
            while true {
                let (event, place) = try events.next()
                if case .sequenceEnd = event { return YAMLNode(position: position, content: .sequence(nodes)) }
                nodes.append(try node(event, place, &events, depth: depth + 1))
            }
        case .mappingStart:
            return YAMLNode(position: position, content: .mapping(try entries(&events, depth: depth)))
        case .alias:
            refuse("an alias", position)
            throw Stop()
        case .decorated(let what):
            refuse(what, position)
            throw Stop()
        case .documentStart, .sequenceEnd, .mappingEnd, .streamEnd, .other:
            // The parser never sends these here; a later version of it might.
            mistakes.add(Fault("no value", expected: "one").at(position))
            throw Stop()
        }
    }

    private func entries(_ events: inout YAMLEvents, depth: Int) throws -> [YAMLEntry] {
        var entries: [YAMLEntry] = []
        var places: [String: Position] = [:]
        while true {
            let (event, place) = try events.next()
            if case .mappingEnd = event { return entries }
            let key = try node(event, place, &events, depth: depth + 1)
            let (valueEvent, valuePlace) = try events.next()
            let value = try node(valueEvent, valuePlace, &events, depth: depth + 1)
            guard case .scalar(let scalar) = key.content else {
                mistakes.add(Fault(Words.describe(key) + " as a key", expected: "a name").at(place))
                continue
            }
            let name = scalar.raw
            if let first = places.updateValue(place, forKey: name) {
                places[name] = first
                mistakes.add(
                    Fault(
                        "the key \(Words.quote(name)) a second time",
                        expected: "it once: it stands already at \(first.line):\(first.column)"
                    ).at(place)
                )
                continue
            }
            entries.append(YAMLEntry(key: name, position: place, value: value))
        }
    }

    private func refuse(_ what: String, _ position: Position) {
        mistakes.add(
            Fault(what, expected: "plain values: anchors, aliases and tags of YAML are not supported").at(position)
        )
    }
}
