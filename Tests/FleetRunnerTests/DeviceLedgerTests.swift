import Fleet
import IoTHub
import Testing

@testable import FleetRunner

@Suite("The books of one device")
struct DeviceLedgerTests {
    private let slow: JSONObject = ["speed": 1]
    private let fast: JSONObject = ["speed": 2]

    private func started(at version: Int64 = 5) -> DeviceLedger {
        var books = DeviceLedger()
        books.start(version: version)
        return books
    }

    @Test("what a device sees before its version at the start is known is the hub's past, not another writer's")
    func past() {
        var books = DeviceLedger()
        let caughtUp = books.catchUp(version: 7, values: slow, at: 1, epoch: 1)
        #expect(caughtUp == .init())
        books.start(version: 7)
        let foreign = books.notify(version: 8, values: fast, at: 2, epoch: 2)
        #expect(foreign == .init(entry: nil, superseded: 0, foreign: 1))
    }

    @Test("what is refused or overtaken ends when that is known")
    func ends() {
        var books = started()
        _ = books.send(planned: 0, desired: slow, at: 10)
        books.reject(at: 15)
        _ = books.send(planned: 1, desired: slow, at: 20)
        _ = books.accept(version: 6, lastUpdatedEpoch: 0, at: 25)
        _ = books.send(planned: 2, desired: fast, at: 30)
        _ = books.accept(version: 7, lastUpdatedEpoch: 0, at: 35)
        let seen = books.catchUp(version: 7, values: fast, at: 90, epoch: 1)
        #expect(seen == .init(entry: 2, superseded: 1))
        #expect(books.entries.map(\.ended) == [15, 90, 0])
    }

    @Test("an answer before its notification: delivered")
    func answerFirst() {
        var books = started()
        let told1 = books.send(planned: 0, desired: slow, at: 10)
        #expect(told1 == 0)
        let told2 = books.accept(version: 6, lastUpdatedEpoch: 99, at: 20)
        #expect(told2 == .init())
        #expect(books.hasUnsettled)
        let told3 = books.notify(version: 6, values: slow, at: 30, epoch: 1030)
        #expect(told3 == .init(entry: 0))
        books.echo(0, at: 31)
        books.acknowledge(0, at: 40)
        let entry = books.entries[0]
        #expect(entry.state == .delivered && entry.version == 6 && entry.lastUpdatedEpoch == 99)
        #expect(
            [entry.sent, entry.accepted, entry.delivered, entry.echoed, entry.acknowledged] == [10, 20, 30, 31, 40]
        )
        #expect(entry.receivedEpoch == 1030)
        #expect(!books.hasUnsettled)
    }

    @Test("a notification before its answer: delivered, whether the answer has a version or not", arguments: [6, nil])
    func notificationFirst(version: Int64?) {
        var books = started()
        _ = books.send(planned: 0, desired: slow, at: 10)
        let told4 = books.notify(version: 6, values: slow, at: 15, epoch: 1)
        #expect(told4 == .init(entry: 0))
        let told5 = books.accept(version: version, lastUpdatedEpoch: 0, at: 20)
        #expect(told5 == .init())
        #expect(books.entries[0].state == .delivered && books.entries[0].version == 6)
        #expect(books.entries[0].accepted == 20)
        _ = books.send(planned: 1, desired: fast, at: 30)
        #expect(books.expectedVersion == 7)
    }

    @Test("a bulk answer predicts the version, and the notification's values confirm it")
    func predicted() {
        var books = started()
        _ = books.send(planned: 0, desired: slow, at: 10)
        _ = books.accept(version: nil, lastUpdatedEpoch: 0, at: 20)
        #expect(books.entries[0].version == 6)
        let told6 = books.notify(version: 6, values: slow, at: 30, epoch: 1)
        #expect(told6 == .init(entry: 0))
    }

    @Test("another writer between bulk answer and notification is seen by the values, not guessed around")
    func foreignBetween() {
        var books = started()
        _ = books.send(planned: 0, desired: slow, at: 10)
        _ = books.accept(version: nil, lastUpdatedEpoch: 0, at: 20)
        let told7 = books.notify(version: 6, values: ["other": true], at: 25, epoch: 1)
        #expect(told7 == .init(entry: nil, foreign: 1))
        let told8 = books.notify(version: 7, values: slow, at: 30, epoch: 1)
        #expect(told8 == .init(entry: 0))
        #expect(books.entries[0].state == .delivered && books.entries[0].version == 7)
    }

    @Test("another writer before our answer shifts what is expected")
    func foreignBefore() {
        var books = started()
        _ = books.send(planned: 0, desired: slow, at: 10)
        let told9 = books.notify(version: 6, values: ["other": true], at: 12, epoch: 1)
        #expect(told9 == .init(entry: nil, foreign: 1))
        _ = books.accept(version: nil, lastUpdatedEpoch: 0, at: 20)
        let told10 = books.notify(version: 7, values: slow, at: 30, epoch: 1)
        #expect(told10 == .init(entry: 0))
    }

    @Test("a later version seen first supersedes; the earlier one, when it still comes, is out of order")
    func outOfOrder() {
        var books = started()
        _ = books.send(planned: 0, desired: slow, at: 10)
        _ = books.accept(version: 6, lastUpdatedEpoch: 0, at: 11)
        _ = books.send(planned: 1, desired: fast, at: 12)
        _ = books.accept(version: 7, lastUpdatedEpoch: 0, at: 13)
        let told11 = books.notify(version: 7, values: fast, at: 20, epoch: 1)
        #expect(told11 == .init(entry: 1, superseded: 1))
        let told12 = books.repeatNotification(version: 6)
        #expect(!told12)
        #expect(books.entries[0].state == .superseded && books.entries[0].isOutOfOrder)
    }

    @Test("a repeated notification is a duplicate")
    func duplicate() {
        var books = started()
        _ = books.send(planned: 0, desired: slow, at: 10)
        _ = books.accept(version: 6, lastUpdatedEpoch: 0, at: 11)
        _ = books.notify(version: 6, values: slow, at: 20, epoch: 1)
        let told13 = books.repeatNotification(version: 6)
        #expect(told13)
        let told14 = books.repeatNotification(version: 6)
        #expect(told14)
        #expect(books.entries[0].duplicates == 2 && books.entries[0].state == .delivered)
    }

    @Test("the twin fetched after a reconnect: the last change is caught up, those before it are superseded")
    func catchUp() {
        var books = started()
        _ = books.send(planned: 0, desired: slow, at: 10)
        _ = books.accept(version: 6, lastUpdatedEpoch: 0, at: 11)
        _ = books.send(planned: 1, desired: fast, at: 12)
        _ = books.accept(version: nil, lastUpdatedEpoch: 0, at: 13)
        let sighting = books.catchUp(version: 7, values: ["speed": 2, "old": 1], at: 50, epoch: 1)
        #expect(sighting == .init(entry: 1, superseded: 1))
        #expect(books.entries.map(\.state) == [.superseded, .caughtUp])
    }

    @Test("a catch-up may come before the answer of the change that it holds", arguments: [7, nil])
    func catchUpBeforeAnswer(version: Int64?) {
        var books = started(at: 6)
        _ = books.send(planned: 0, desired: ["speed": 3, "gone": nil], at: 10)
        let told15 = books.catchUp(version: 7, values: ["speed": 3], at: 50, epoch: 1)
        #expect(told15.entry == 0)
        let told16 = books.accept(version: version, lastUpdatedEpoch: 0, at: 60)
        #expect(told16 == .init())
        #expect(books.entries[0].state == .caughtUp && books.entries[0].version == 7)
    }

    @Test("an answer with a version that the device has passed by already: superseded")
    func lateAnswer() {
        var books = started()
        _ = books.send(planned: 0, desired: slow, at: 10)
        _ = books.notify(version: 7, values: ["other": true], at: 12, epoch: 1)
        let told17 = books.accept(version: 6, lastUpdatedEpoch: 0, at: 20)
        #expect(told17 == .init(entry: nil, superseded: 1))
        #expect(books.entries[0].state == .superseded)
    }

    @Test("a refused change takes no version")
    func rejected() {
        var books = started()
        _ = books.send(planned: 0, desired: slow, at: 10)
        books.reject(at: 11)
        #expect(books.entries[0].state == .rejected)
        #expect(books.expectedVersion == 6)
    }

    @Test("a change that the device saw was not refused, whatever the answer said")
    func rejectedAfterSeen() {
        var books = started()
        _ = books.send(planned: 0, desired: slow, at: 10)
        _ = books.notify(version: 6, values: slow, at: 11, epoch: 1)
        books.reject(at: 12)
        #expect(books.entries[0].state == .delivered)
    }

    @Test("what is open at the end is lost, answered or not")
    func lost() {
        var books = started()
        _ = books.send(planned: 0, desired: slow, at: 10)
        _ = books.accept(version: 6, lastUpdatedEpoch: 0, at: 11)
        _ = books.send(planned: 1, desired: fast, at: 12)
        books.close()
        #expect(books.entries.map(\.state) == [.lost, .lost])
    }

    @Test("random histories always end every change in one state and balance", arguments: 0..<200)
    func random(seed: Int) {
        var generator = SplitMix64(seed: UInt64(seed))
        var books = started(at: 1)
        var hub: [(version: Int64, values: JSONObject)] = []
        var hubVersion: Int64 = 1
        var told = 0
        var isConnected = true
        for step in 0..<200 {
            let now = Int64(step + 1)
            switch Int.random(in: 0..<8, using: &generator) {
            case 0, 1,
                2 where !books.isPending:
                let values: JSONObject = ["n": .integer(Int64(step))]
                _ = books.send(planned: Int32(step), desired: values, at: now)
                if Int.random(in: 0..<10, using: &generator) == 0 {
                    books.reject(at: now)
                } else {
                    hubVersion += 1
                    hub.append((hubVersion, values))
                    let version = Bool.random(using: &generator) ? hubVersion : nil
                    if Bool.random(using: &generator) {
                        _ = books.accept(version: version, lastUpdatedEpoch: 0, at: now)
                    }
                }
            case 3 where !books.isPending:
                hubVersion += 1
                hub.append((hubVersion, ["foreign": .integer(Int64(step))]))
            case 4:
                isConnected.toggle()
                if isConnected, told < hub.count {
                    let whole = hub.reduce(into: JSONObject()) { $0.merge(patch: $1.values) }
                    told = hub.count
                    _ = books.catchUp(version: hubVersion, values: whole, at: now, epoch: now)
                }
            case 5 where books.isPending: _ = books.accept(version: hubVersion, lastUpdatedEpoch: 0, at: now)
            default:
                while isConnected, told < hub.count {
                    _ = books.notify(version: hub[told].version, values: hub[told].values, at: now, epoch: now)
                    told += 1
                }
            }
        }
        books.close()
        #expect(books.entries.allSatisfy { $0.state != nil })
        #expect(books.entries.allSatisfy { ($0.delivered > 0) == ($0.state == .delivered || $0.state == .caughtUp) })
    }
}
