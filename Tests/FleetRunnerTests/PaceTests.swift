import Fleet
import TestKit
import Testing

@testable import FleetRunner

@Suite("Turns at a pace", .timeLimit(.minutes(5)))
struct PaceTests {
    @Test("are never closer than the rate permits, however they are asked for")
    func distance() {
        let pace = Pace(perSecond: 100)
        #expect((0..<4).map { _ in pace.take(at: 1_000_000) } == [1_000_000, 1_010_000, 1_020_000, 1_030_000])
        #expect(pace.take(at: 1_039_000) == 1_040_000)
    }

    @Test("that nobody took do not come back as a burst")
    func noBurst() {
        let pace = Pace(perSecond: 100)
        #expect(pace.take(at: 1_000_000) == 1_000_000)
        #expect((0..<2).map { _ in pace.take(at: 9_000_000) } == [9_000_000, 9_010_000])
    }

    @Test("without a rate are not waited for")
    func unlimited() {
        #expect(Pace(perSecond: nil).take(at: 5) == nil && Pace(perSecond: 0).take(at: 5) == nil)
    }

    @Test("are taken by every operation on devices that exist already: two for each with a new thumbprint")
    func adoption() async throws {
        var fleet = PlanSamples.fleet(devices: 31, hub: PlanSamples.tier(.s3))
        for index in fleet.devices.indices { fleet.devices[index].auth = .x509(X509Setting(kind: .selfSigned)) }
        try await TestHub.with { test in
            #expect(try await PredictionTests().run(fleet, until: .connect, against: test).devices.created == 31)
            let again = try await PredictionTests().run(fleet, until: .connect, against: test)
            #expect(again.devices.existing == 31)
            let taken = try #require(again.phases.first { $0.phase == .provision }?.duration)
            // 62 operations at 5,000 a minute; 31 turns alone would be over in 360 ms.
            #expect(taken >= .milliseconds(730), "\(taken)")
        }
    }
}
