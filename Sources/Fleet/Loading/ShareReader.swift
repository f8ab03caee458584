/// A choice of values and the share of each, in millionths of a percent.
struct Shares<Value: Sendable>: Sendable {
    var values: [Value]
    var shares: [Int64]

    init(_ value: Value) {
        values = [value]
        shares = [PercentText.whole]
    }

    init(values: [Value], shares: [Int64]) {
        self.values = values
        self.shares = shares
    }
}

/// Reads either one value or a mapping of values to shares: `Mqtt`, `{ Mqtt: 60%, Mqtt_Tcp_Only: 40% }`.
struct ShareReader {
    /// Values that a choice may have: dealing takes time in proportion to them.
    static let maximumValues = 100

    let scalars: ScalarReader

    /// - Parameters:
    ///   - node: the value or the mapping.
    ///   - what: what is chosen, for messages.
    ///   - value: makes a value of its name; throws a fault that says what was expected.
    /// - Returns: nil when a mistake was told.
    func read<Value>(
        _ node: YAMLNode,
        what: String,
        value: (String) throws(Fault) -> Value
    ) -> Shares<Value>? {
        let mistakes = scalars.mistakes
        switch node.content {
        case .sequence:
            mistakes.add(
                Fault(expected: "\(what), or a mapping of them to shares such as { a: 60%, b: 40% }"),
                at: node
            )
            return nil
        case .scalar:
            guard let text = scalars.text(node, expected: what) else { return nil }
            do throws(Fault) {
                return Shares(try value(text.text))
            } catch {
                mistakes.add(error, at: node)
                return nil
            }
        case .mapping(let entries):
            guard entries.count <= Self.maximumValues else {
                mistakes.add(
                    Fault("shares of \(Words.number(entries.count)) values", expected: "at most \(Self.maximumValues)")
                        .at(node.position)
                )
                return nil
            }
            let before = mistakes.count
            var values: [Value] = []
            var shares: [Int64] = []
            for entry in entries {
                do throws(Fault) {
                    values.append(try value(entry.key))
                } catch {
                    var fault = error
                    fault.found = fault.found ?? Words.quote(entry.key)
                    mistakes.add(fault.at(entry.position))
                }
                if let share = scalars.parsed(
                    entry.value,
                    expected: PercentText.expectation,
                    { (text) throws(Fault) in try PercentText.millionths(text) }
                ) {
                    shares.append(share)
                }
            }
            if entries.isEmpty { mistakes.add(Fault(expected: "\(what) with its share, such as 100%"), at: node) }
            guard mistakes.count == before else { return nil }
            // A file of 4 MB has room for too few shares to overflow.
            let sum = shares.reduce(0, &+)
            guard sum == PercentText.whole else {
                mistakes.add(
                    Fault("shares that add up to \(PercentText.text(sum))", expected: "100% in all").at(node.position)
                )
                return nil
            }
            return Shares(values: values, shares: shares)
        }
    }
}
