import Fleet
import IoTHub
import NIOConcurrencyHelpers
import Testing

@testable import FleetRunner

@Suite("Asking the hub the fleet's queries")
struct QueryCheckTests {
    /// A hub whose index shows what it holds only after a while, on a clock that only waiting moves.
    private final class LaggingHub: Sendable {
        let time = NIOLockedValueBox<Int64>(1)
        let asked = NIOLockedValueBox<[String]>([])
        let pauses = NIOLockedValueBox<[Duration]>([])
        let told = NIOLockedValueBox<[String]>([])
        private let answer: @Sendable (_ statement: String, _ seconds: Double) throws(QueryCheck.Failure) -> QueryAnswer

        init(
            _ answer:
                @escaping @Sendable (_ statement: String, _ seconds: Double) throws(QueryCheck.Failure) -> QueryAnswer
        ) { self.answer = answer }

        func check(patience: Duration = .seconds(30), interruptedAfter limit: Int = .max) -> QueryCheck {
            QueryCheck(
                patience: patience,
                clock: QueryCheck.Clock(now: { self.time.withLockedValue(\.self) }) { pause in
                    let count = self.pauses.withLockedValue { pauses in
                        pauses.append(pause)
                        return pauses.count
                    }
                    self.time.withLockedValue { $0 += pause.microseconds }
                    return count <= limit
                },
                ask: { (statement) throws(QueryCheck.Failure) in
                    self.asked.withLockedValue { $0.append(statement) }
                    return try self.answer(statement, Double(self.time.withLockedValue(\.self)) / 1_000_000)
                },
                progress: { agreed, total, elapsed in
                    self.told.withLockedValue { $0.append("\(agreed)/\(total) \(elapsed.inSeconds)") }
                }
            )
        }
    }

    /// Four devices, two in each plant, the first of each over cellular.
    private static let fleet: Fleet = {
        let devices = (0..<4).map { index in
            FleetDevice(
                id: "d\(index)",
                index: index,
                connectivity: index.isMultiple(of: 2) ? "cellular" : "wifi",
                tags: ["plant": .string(index < 2 ? "Redmond43" : "Munich7")]
            )
        }
        return Fleet(file: "f", name: "f", duration: .seconds(1), devices: devices, workload: [])
    }()

    private func expectation(
        _ condition: String,
        provisioned: Set<Int> = [0, 1, 2, 3],
        ready: Set<Int> = [0, 1, 2, 3]
    ) throws -> QueryExpectation {
        QueryExpectation(
            try DeviceCondition(parsing: condition),
            of: Self.fleet,
            provisioned: provisioned,
            ready: ready
        )
    }

    private func answer(_ ids: String..., pages: Int = 1) -> QueryAnswer { QueryAnswer(deviceIDs: ids, pages: pages) }

    @Test("a hub that agrees is asked once, with the whole query")
    func agreement() async throws {
        let hub = LaggingHub { _, _ in QueryAnswer(deviceIDs: ["d1", "other", "d0"], pages: 2) }
        let outcomes = await hub.check().check([try expectation("tags.plant = 'Redmond43'")])
        let outcome = try #require(outcomes.first)
        #expect(outcome.agrees && outcome.mismatches == 0)
        #expect(outcome.expected == 2 && outcome.returned == 2 && outcome.others == 1 && outcome.leftOut == 0)
        #expect(outcome.pages == 2 && outcome.rows == 3 && outcome.attempts == 1 && outcome.duration == .zero)
        #expect(hub.asked.withLockedValue(\.self) == ["SELECT * FROM devices WHERE tags.plant = 'Redmond43'"])
        #expect(hub.pauses.withLockedValue(\.self) == [])
        #expect(hub.told.withLockedValue(\.self) == ["1/1 0.0"])
    }

    @Test("an index that lags is waited for, with longer and longer pauses, and only what lags is asked again")
    func lag() async throws {
        let hub = LaggingHub { statement, seconds in
            if statement.contains("plant") { return QueryAnswer(deviceIDs: ["d0", "d1"], pages: 1) }
            return QueryAnswer(deviceIDs: seconds < 10 ? [] : ["d0", "d2"], pages: 1)
        }
        let outcomes = await hub.check().check([
            try expectation("tags.plant = 'Redmond43'"),
            try expectation("properties.reported.connectivity.type = 'cellular'"),
        ])
        #expect(outcomes.map(\.agrees) == [true, true])
        #expect(outcomes.map(\.attempts) == [1, 7])
        // 0.25 + 0.5 + 1 + 2 + 4 + 4
        #expect(outcomes.map(\.duration) == [.zero, .milliseconds(11_750)])
        #expect(hub.asked.withLockedValue(\.count) == 8)
        #expect(hub.told.withLockedValue(\.last) == "2/2 11.75")
    }

    @Test("a hub that never agrees is given up after the bound, and the devices are named")
    func disagreement() async throws {
        let hub = LaggingHub { _, _ in QueryAnswer(deviceIDs: ["d0", "d0", "d3", "x"], pages: 1) }
        let outcomes = await hub.check(patience: .seconds(5)).check([try expectation("tags.plant = 'Redmond43'")])
        let outcome = try #require(outcomes.first)
        #expect(!outcome.agrees && outcome.mismatches == 3)
        #expect(outcome.missing == ["d1"] && outcome.unexpected == ["d3"] && outcome.repeated == ["d0"])
        #expect(outcome.returned == 2 && outcome.others == 1 && outcome.rows == 4)
        // The last pause is cut, so that the last question comes at the bound.
        #expect(outcome.duration == .seconds(5) && outcome.attempts == 6)
    }

    @Test("without patience there is one question")
    func impatience() async throws {
        let hub = LaggingHub { _, _ in QueryAnswer() }
        let outcomes = await hub.check(patience: .zero).check([try expectation("status = 'enabled'")])
        #expect(outcomes.first?.missing == ["d0", "d1", "d2", "d3"])
        #expect(outcomes.first?.attempts == 1)
    }

    @Test("an interruption ends the waiting; the last answer counts")
    func interruption() async throws {
        let hub = LaggingHub { _, _ in QueryAnswer() }
        let outcomes = await hub.check(interruptedAfter: 1).check([try expectation("status = 'enabled'")])
        #expect(outcomes.first?.attempts == 2)
        #expect(outcomes.first?.mismatches == 4)
    }

    @Test("a query that the hub refuses is not asked again, and counts as all of its devices")
    func refusal() async throws {
        let hub = LaggingHub { (_, _) throws(QueryCheck.Failure) in
            throw QueryCheck.Failure(words: "the hub answered 400", summary: "400", isFinal: true)
        }
        let outcomes = await hub.check().check([try expectation("status = 'enabled'")])
        let outcome = try #require(outcomes.first)
        #expect(outcome.failure == "the hub answered 400" && !outcome.agrees && outcome.mismatches == 4)
        #expect(outcome.attempts == 1 && outcome.missing.isEmpty)
    }

    @Test("of a query with something from the environment in it neither that nor the hub's words are told")
    func privacy() async throws {
        let condition = try DeviceCondition(parsing: "tags.plant = 'geheim'", writtenAs: "tags.plant = '${PLANT}'")
        let expectation = QueryExpectation(condition, of: Self.fleet, provisioned: [0], ready: [0])
        let hub = LaggingHub { (_, _) throws(QueryCheck.Failure) in
            throw QueryCheck.Failure(words: "400: found 'geheim'", summary: "the hub answered 400", isFinal: true)
        }
        let outcome = try #require(await hub.check().check([expectation]).first)
        #expect(hub.asked.withLockedValue(\.self) == ["SELECT * FROM devices WHERE tags.plant = 'geheim'"])
        #expect(outcome.condition == "tags.plant = '${PLANT}'")
        #expect(outcome.failure == "the hub answered 400")
        #expect(expectation.compare(answer("d0")).condition == "tags.plant = '${PLANT}'")
    }

    @Test("a hub that is busy is asked again")
    func busy() async throws {
        let hub = LaggingHub { (_, seconds) throws(QueryCheck.Failure) in
            if seconds < 1 {
                throw QueryCheck.Failure(words: "the hub answered 429", summary: "429", isFinal: false)
            }
            return QueryAnswer(deviceIDs: ["d0", "d1", "d2", "d3"], pages: 1)
        }
        let outcomes = await hub.check().check([try expectation("status = 'enabled'")])
        #expect(outcomes.first?.agrees == true && outcomes.first?.failure == nil)
    }

    @Test("what the run could not bring about is not compared")
    func leftOut() throws {
        let plant = try expectation("tags.plant = 'Redmond43'", provisioned: [1, 2, 3], ready: [2, 3])
        let byTag = plant.compare(answer("d0", "d1"))
        #expect(byTag.agrees && byTag.expected == 1 && byTag.returned == 1 && byTag.leftOut == 1)
        #expect(byTag.others == 0)
        let cellular = try expectation(
            "properties.reported.connectivity.type = 'cellular'",
            provisioned: [1, 2, 3],
            ready: [2, 3]
        )
        // What d1 reported in an earlier run is not known.
        let byReport = cellular.compare(answer("d1", "d2"))
        #expect(byReport.agrees && byReport.expected == 1 && byReport.leftOut == 2)
        #expect(cellular.compare(answer("d3")).missing == ["d2"])
    }
}
