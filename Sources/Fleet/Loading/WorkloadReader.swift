import IoTHub

/// An item of `workload:` before it is known how many devices there are.
struct WorkloadTemplate {
    var position: Position
    var pace: WorkloadItem.Pace
    var desired: DesiredTemplate
    /// Which devices it goes to; nil for all.
    var to: ConditionTemplate?
}

/// Reads one item of `workload:`.
struct WorkloadReader {
    let scalars: ScalarReader
    let greatestIndex: Int

    /// What a device reports of itself; the echo of a change must not overwrite it.
    static let reservedNames = ["DateTimeLastAppLaunch", "DateTimeLastDesiredPropertyChangeReceived"]

    private var mistakes: Mistakes { scalars.mistakes }

    /// Nil when a mistake was told.
    func read(_ node: YAMLNode) -> WorkloadTemplate? {
        guard let item = MappingReader(node, .workloadItem, mistakes) else { return nil }
        let desired = item["desired"].flatMap(desired)
        let to = item["to"].map(ConditionReader(scalars: scalars).read)
        guard let pace = pace(item), let desired else { return nil }
        return WorkloadTemplate(position: item.position, pace: pace, desired: desired, to: to ?? nil)
    }

    private func desired(_ node: YAMLNode) -> DesiredTemplate? {
        if case .mapping(let entries) = node.content {
            for entry in entries where Self.reservedNames.contains(entry.key) {
                mistakes.add(
                    Fault("the name '\(entry.key)'", expected: "another one: devices report this of themselves")
                        .at(entry.position)
                )
            }
            if entries.isEmpty {
                mistakes.add(Fault(expected: "at least one property to change"), at: node)
                return nil
            }
        }
        return TemplateReader(scalars: scalars, place: .desired, greatestIndex: greatestIndex)
            .read(node, path: "desired", limit: TwinLimits.propertiesSize)
    }

    private func pace(_ item: MappingReader) -> WorkloadItem.Pace? {
        switch (item["rate"], item["every"]) {
        case (let rate?, nil):
            return scalars.parsed(rate, expected: RateText.expectation) { (text) throws(Fault) in
                .rate(perSecond: try RateText.perSecond(text))
            }
        case (nil, let every?):
            return scalars.parsed(every, expected: DurationText.expectation) { (text) throws(Fault) in
                let nanoseconds = try DurationText.nanoseconds(text)
                guard nanoseconds >= 1_000_000 else { throw Fault(expected: "at least 1ms") }
                return .every(.nanoseconds(nanoseconds))
            }
        case (_?, _?):
            mistakes.add(
                Fault("both 'rate' and 'every'", expected: "one of them").at(
                    item.position(of: "every") ?? item.position
                )
            )
            return nil
        case (nil, nil):
            if item.meant.isDisjoint(with: ["rate", "every"]) {
                mistakes.add(
                    Fault(
                        "a workload item without a pace",
                        expected: "'rate: 100/s' over its devices, or 'every: 10s' for each"
                    ).at(item.position)
                )
            }
            return nil
        }
    }
}
