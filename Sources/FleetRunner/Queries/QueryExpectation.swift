import Fleet

/// What the hub must answer to one of the fleet's queries, by what the fleet file declares.
struct QueryExpectation: Sendable {
    let condition: DeviceCondition
    /// The devices that can be judged, by id.
    private let compared: Set<String>
    private let expected: Set<String>
    private let fleet: Fleet

    /// - Parameters:
    ///   - condition: the query.
    ///   - fleet: the fleet.
    ///   - provisioned: devices whose identity and tags the hub has, as places in the fleet.
    ///   - ready: devices that have reported what they declare, as places in the fleet.
    init(_ condition: DeviceCondition, of fleet: Fleet, provisioned: Set<Int>, ready: Set<Int>) {
        self.condition = condition
        self.fleet = fleet
        // A device of an earlier run may have reported something else then.
        let known = condition.readsReported ? provisioned.intersection(ready) : provisioned
        compared = Set(known.map { fleet.devices[$0].id })
        expected = Set(known.lazy.map { fleet.devices[$0] }.filter(condition.selects).map(\.id))
    }

    /// Holds an answer against it.
    func compare(_ answer: QueryAnswer) -> QueryOutcome {
        var outcome = QueryOutcome(condition: condition.text)
        outcome.expected = expected.count
        outcome.leftOut = fleet.devices.count - compared.count
        outcome.pages = answer.pages
        outcome.rows = answer.deviceIDs.count
        var counts: [String: Int] = [:]
        for id in answer.deviceIDs { counts[id, default: 0] += 1 }
        for device in fleet.devices {
            let count = counts.removeValue(forKey: device.id) ?? 0
            guard compared.contains(device.id) else { continue }
            if count > 0 { outcome.returned += 1 }
            switch (expected.contains(device.id), count) {
            case (true, 0): outcome.missing.append(device.id)
            case (false, 1...): outcome.unexpected.append(device.id)
            case (true, 2...): outcome.repeated.append(device.id)
            default: break
            }
        }
        outcome.others = counts.count
        return outcome
    }

    /// What to say when there is no answer.
    func unanswered(_ failure: String) -> QueryOutcome {
        var outcome = QueryOutcome(condition: condition.text)
        outcome.expected = expected.count
        outcome.leftOut = fleet.devices.count - compared.count
        outcome.failure = failure
        return outcome
    }
}

/// All pages of a hub's answer to a query.
struct QueryAnswer: Sendable {
    var deviceIDs: [String] = []
    var pages = 0
}
