import TestKit
import Testing

@testable import DeviceClient

@Suite struct AMQPPlaceTests {
    @Test("a device goes where the fewest are, whoever has come and gone", arguments: [1, 3, 40])
    func fewest(limit: Int) {
        var generator = SeededGenerator(seed: UInt64(limit))
        let pool = AMQPPool()
        var taken: [AMQPPlace] = []
        var members: [ObjectIdentifier: Int] = [:]
        func leave(_ place: AMQPPlace) {
            pool.leave(place)
            let left = (members[ObjectIdentifier(place)] ?? 0) - 1
            members[ObjectIdentifier(place)] = left > 0 ? left : nil
        }
        for _ in 0..<2_000 {
            if taken.isEmpty || Int.random(in: 0..<5, using: &generator) > 1 {
                let expected = members.count < limit ? 0 : members.values.min() ?? 0
                let place = pool.take(limit: limit)
                let found = members[ObjectIdentifier(place)] ?? 0
                if found != expected { Issue.record("a place with \(found), not \(expected)") }
                members[ObjectIdentifier(place)] = found + 1
                taken.append(place)
            } else {
                leave(taken.remove(at: Int.random(in: taken.indices, using: &generator)))
            }
            if taken.count > 200 { while let place = taken.popLast() { leave(place) } }
            if pool.isEmpty != taken.isEmpty { Issue.record("it is not as empty as it says") }
        }
    }
}
