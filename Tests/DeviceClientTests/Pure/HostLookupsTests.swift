import Dispatch
import NIOConcurrencyHelpers
import Testing

@testable import DeviceClient

@Suite(.timeLimit(.minutes(1))) struct HostLookupsTests {
    @Test("a host that many ask for is looked up once, and keeps nobody from another host")
    func together() async throws {
        let asked = NIOLockedValueBox<[String]>([])
        let answer = DispatchSemaphore(value: 0)
        let lookups = HostLookups { host in
            asked.withLockedValue { $0.append(host) }
            if host == "slow" { answer.wait() }
            return .success(HostAddress(addresses: [host]))
        }
        try await withThrowingTaskGroup(of: HostAddress.self) { group in
            for _ in 0..<20 { group.addTask { try await lookups.find("slow") } }
            while await lookups.waiting < 20 { await Task.yield() }
            #expect(try await lookups.find("quick").addresses == ["quick"])
            answer.signal()
            for try await found in group { #expect(found.addresses == ["slow"]) }
        }
        #expect(asked.withLockedValue { $0.sorted() } == ["quick", "slow"])
        #expect(await lookups.waiting == 0)
    }

    @Test("a host that was not found is looked up again when somebody asks again")
    func again() async throws {
        let count = NIOLockedValueBox(0)
        let lookups = HostLookups { host in
            let isFirst = count.withLockedValue { count in
                count += 1
                return count == 1
            }
            if isFirst { return .failure(DeviceClientError(.communication, "away")) }
            return .success(HostAddress(addresses: [host]))
        }
        await #expect(throws: DeviceClientError.self) { try await lookups.find("hub") }
        #expect(try await lookups.find("hub").addresses == ["hub"])
        #expect(count.withLockedValue { $0 } == 2)
    }
}
