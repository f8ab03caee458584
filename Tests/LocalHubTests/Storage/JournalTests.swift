import Dispatch
import IoTHub
import Logging
import NIOConcurrencyHelpers
import Testing

@testable import LocalHub

@Suite("The journal", .timeLimit(.minutes(1)))
struct JournalTests {
    private func journal(_ store: ScriptedStore) -> Journal {
        Journal(store: store, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, firstPause: 1)
    }

    private func stored(_ id: String, _ value: Int64 = 0) throws -> StoredDevice {
        var twin = TwinDocument(deviceID: id)
        _ = try twin.patch(TwinWrite(tags: ["n": .integer(value)]), at: .now())
        return StoredDevice(device: Device(id: id), twin: twin)
    }

    private func tag(_ batch: JournalBatch?, _ id: String) -> Int64? {
        guard case .kept(let stored, _) = batch?.devices[id] else { return nil }
        return stored.twin.tags["n"]?.integerValue
    }

    /// Waits until all that was written is durable, or has failed to become so.
    private func settle(_ journal: Journal) async -> Result<Void, IoTHubError> {
        await withCheckedContinuation { continuation in
            journal.whenDurable { continuation.resume(returning: $0) }
        }
    }

    @Test("nothing to write is durable at once")
    func idle() {
        let wasCalled = NIOLockedValueBox(false)
        journal(ScriptedStore()).whenDurable { _ in wasCalled.withLockedValue { $0 = true } }
        #expect(wasCalled.withLockedValue { $0 })
    }

    @Test("what comes in while a commit runs goes into the next one, the newest of each device only")
    func grouping() async throws {
        let store = ScriptedStore(holds: true)
        let journal = journal(store)
        journal.keep(try stored("d", 1), .all, telling: nil, to: nil)
        let first = await store.nextAttempt()
        for value in Int64(2)...9 { journal.keep(try stored("d", value), .twin, telling: nil, to: nil) }
        journal.keep(try stored("e", 5), .all, telling: nil, to: nil)
        journal.keepSession(MQTTSubscriptionSet(), of: "e")
        store.permit()
        let second = await store.nextAttempt()
        store.permit()
        try await settle(journal).get()
        #expect(store.committed.count == 2)
        #expect(tag(first, "d") == 1)
        #expect(tag(second, "d") == 9)
        #expect(tag(second, "e") == 5)
        #expect(second?.sessions.keys.sorted() == ["e"])
        await journal.close()
    }

    @Test("a device hears of a change, and a client of its success, after the commit and in order")
    func effects() async throws {
        let store = ScriptedStore(holds: true)
        let journal = journal(store)
        let connection = RecordingConnection()
        let seen = NIOLockedValueBox<[[Int64]]>([])
        func note() {
            journal.whenDurable { _ in
                seen.withLockedValue { $0.append(connection.changes.map(\.version)) }
            }
        }
        for version in Int64(2)...4 {
            let change = DesiredChange(patch: [:], version: version)
            journal.keep(try stored("d", version), .all, telling: change, to: connection)
            note()
        }
        _ = await store.nextAttempt()
        #expect(connection.changes.isEmpty)
        #expect(seen.withLockedValue { $0 }.isEmpty)
        store.permit()
        store.permit()
        try await settle(journal).get()
        #expect(seen.withLockedValue { $0 } == [[2], [2, 3], [2, 3, 4]])
        await journal.close()
    }

    @Test("a failed commit is told to whoever waits, writes are refused, and the retry loses nothing")
    func failure() async throws {
        let store = ScriptedStore(holds: true)
        let journal = journal(store)
        let connection = RecordingConnection()
        store.fail(2)
        let change = DesiredChange(patch: [:], version: 2)
        journal.keep(try stored("d", 1), .all, telling: change, to: connection)
        async let outcome = settle(journal)
        _ = await store.nextAttempt()
        journal.keep(try stored("d", 2), .twin, telling: DesiredChange(patch: [:], version: 3), to: connection)
        journal.keep(try stored("e", 7), .all, telling: nil, to: nil)
        store.permit()
        let waited = await outcome
        let late = await settle(journal)
        for result in [waited, late] {
            let error = #expect(throws: IoTHubError.self) { try result.get() }
            #expect(error == IoTHubError(.serverError, "the hub's storage fails: DiskFull()"))
        }
        let refusal = #expect(throws: IoTHubError.self) { try journal.admitWrite() }
        #expect(refusal?.code == .serviceUnavailable)
        _ = await store.nextAttempt()
        store.permit()
        // The third attempt succeeds.
        let last = await store.nextAttempt()
        #expect(connection.changes.isEmpty)
        store.permit()
        await journal.close()
        #expect(store.committed.count == 1)
        #expect(tag(last, "d") == 2)
        #expect(tag(last, "e") == 7)
        guard case .kept(_, .all) = last?.devices["d"] else {
            Issue.record("a device whose creation failed has to be created whole")
            return
        }
        #expect(connection.changes.map(\.version) == [2, 3])
    }

    @Test("who asks while a failure is being told is told after those who asked before")
    func orderInFailure() async throws {
        let store = ScriptedStore(holds: true)
        let journal = journal(store)
        store.fail(1)
        journal.keep(try stored("d"), .all, telling: nil, to: nil)
        _ = await store.nextAttempt()
        let told = NIOLockedValueBox<[String]>([])
        let (isTelling, tell) = AsyncStream<Void>.makeStream()
        let gate = DispatchSemaphore(value: 0)
        journal.whenDurable { _ in
            tell.finish()
            gate.wait()
            told.withLockedValue { $0.append("first") }
        }
        store.permit()
        for await _ in isTelling {}
        async let second: Void = withCheckedContinuation { continuation in
            journal.whenDurable { result in
                if case .failure = result { told.withLockedValue { $0.append("second") } }
                continuation.resume()
            }
            // Asked for; only now may the first one be done.
            gate.signal()
        }
        await second
        #expect(told.withLockedValue { $0 } == ["first", "second"])
        store.open()
        await journal.close()
    }

    @Test("after a recovery writes are admitted again")
    func recovery() async throws {
        let store = ScriptedStore()
        let journal = journal(store)
        store.fail(3)
        journal.keep(try stored("d", 1), .all, telling: nil, to: nil)
        for _ in 0..<4 { _ = await store.nextAttempt() }
        // The fourth attempt has begun and will succeed.
        while case .failure = await settle(journal) { await Task.yield() }
        try journal.admitWrite()
        journal.keep(try stored("d", 2), .twin, telling: nil, to: nil)
        try await settle(journal).get()
        #expect(store.committed.map { tag($0, "d") } == [1, 2])
        await journal.close()
    }

    @Test("closing writes what is left, and refuses what comes after")
    func closing() async throws {
        let store = ScriptedStore(holds: true)
        let journal = journal(store)
        for value in Int64(1)...3 { journal.keep(try stored("d\(value)", value), .all, telling: nil, to: nil) }
        for _ in 0..<3 { store.permit() }
        await journal.close()
        #expect(Set(store.committed.flatMap(\.devices.keys)) == ["d1", "d2", "d3"])
        let error = await #expect(throws: IoTHubError.self) { try await settle(journal).get() }
        #expect(error?.message.contains("stopped") == true)
        #expect(throws: IoTHubError.self) { try journal.admitWrite() }
    }

    @Test("closing does not hang on a storage that fails for good")
    func closingInFailure() async throws {
        let store = ScriptedStore()
        let journal = journal(store)
        store.fail(.max)
        journal.keep(try stored("d"), .all, telling: nil, to: nil)
        await #expect(throws: IoTHubError.self) { try await settle(journal).get() }
        await journal.close()
        #expect(store.committed.isEmpty)
    }

    @Test("a batch knows of each device only how it ended, and which parts changed")
    func batch() throws {
        var batch = JournalBatch()
        let stored = try stored("d")
        func parts() -> JournalBatch.Parts? {
            if case .kept(_, let parts) = batch.devices["d"] { parts } else { nil }
        }
        batch.keep(stored, .twin)
        #expect(parts() == .twin)
        batch.keep(stored, .identity)
        #expect(parts() == .all)
        batch.removeDevice("d")
        #expect(parts() == nil)
        batch.keep(stored, .twin)
        #expect(parts() == .all, "a device that comes after a removal is new")

        var later = JournalBatch()
        later.keep(stored, .twin)
        later.keepSession(nil, of: "d")
        batch.keepSession(MQTTSubscriptionSet(), of: "d")
        batch.keepSession(MQTTSubscriptionSet(), of: "e")
        batch.add(later)
        #expect(parts() == .all)
        #expect(batch.sessions["d"] == .some(nil))
        #expect(batch.sessions["e"] == MQTTSubscriptionSet())
        var last = JournalBatch()
        last.removeDevice("d")
        batch.add(last)
        #expect(parts() == nil)
        #expect(!batch.isEmpty)
    }
}
