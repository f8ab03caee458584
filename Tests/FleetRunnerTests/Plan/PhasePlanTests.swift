import Fleet
import IoTHub
import Testing

@testable import FleetRunner

@Suite("How long a plan says that phases take")
struct PhasePlanTests {
    private func plan(_ fleet: Fleet) throws -> FleetPlan { try FleetPlan(of: fleet, on: PlanSamples.machine()) }

    @Test("S1 creates 100 devices a minute, connects 100 a second and gets 50 a second ready")
    func standard() throws {
        let plan = try plan(PlanSamples.fleet(devices: 301, hub: PlanSamples.tier(.s1)))
        #expect(plan.duration(of: .provision) == .seconds(180))
        #expect(plan.duration(of: .connect) == .seconds(3))
        #expect(plan.duration(of: .ready) == .seconds(6))
        #expect(plan.duration(of: .drive) == .seconds(20))
        #expect(plan.phases.first { $0.phase == .connect }?.basis == .paced)
    }

    @Test("the file's pace comes before the tier's")
    func ownPace() throws {
        let plan = try plan(PlanSamples.fleet(devices: 101, hub: PlanSamples.tier(.s1), connect: 10))
        #expect(plan.duration(of: .connect) == .seconds(10))
    }

    @Test("where nothing sets the pace there is no figure, and a guide with its origin")
    func unpaced() throws {
        let plan = try plan(PlanSamples.fleet())
        let connect = try #require(plan.phases.first { $0.phase == .connect })
        #expect(connect.duration == nil && connect.basis == .unpaced)
        #expect(connect.text.contains("a guide, no prediction: 1,381/s were measured on two processors"))
    }

    @Test("a pace beyond what was measured is no prediction")
    func beyondReach() throws {
        let plan = try plan(PlanSamples.fleet(connect: 2000))
        let connect = try #require(plan.phases.first { $0.phase == .connect })
        #expect(connect.basis == .atLeast && connect.text.contains("likely longer"))
    }

    @Test("a pace that the tier throttles is no prediction either")
    func throttledPace() throws {
        let plan = try plan(PlanSamples.fleet(hub: PlanSamples.tier(.s1), connect: 200))
        let connect = try #require(plan.phases.first { $0.phase == .connect })
        #expect(connect.basis == .atLeast && connect.text.contains("the tier permits less"))
    }

    @Test("devices that exist already are read one by one from a hub that may have them")
    func existing() throws {
        let plan = try plan(PlanSamples.fleet(devices: 101, hub: PlanSamples.remote(.s1)))
        let provision = try #require(plan.phases.first)
        // The second batch begins after a minute; the last of 101 devices is read another minute later.
        #expect(provision.duration == .seconds(60) && provision.text.contains("120 s when they exist already"))
    }

    @Test("devices whose new thumbprints are written take two operations each")
    func rethumbed() throws {
        var fleet = PlanSamples.fleet(devices: 101, hub: PlanSamples.remote(.s1))
        for index in fleet.devices.indices { fleet.devices[index].auth = .x509(X509Setting(kind: .selfSigned)) }
        let provision = try #require(try plan(fleet).phases.first)
        // 60 s for the second batch, and 202 operations at 100 a minute.
        #expect(provision.text.contains("180 s when they exist already"), "\(provision.text)")
        for index in fleet.devices.indices {
            fleet.devices[index].auth = .x509(X509Setting(kind: .certificateAuthority))
        }
        #expect(try plan(fleet).phases.first?.text.contains("120 s when they exist already") == true)
    }

    @Test("a tier's pace beyond what so many requests at once reach is no prediction")
    func beyondConcurrency() throws {
        let fleet = PlanSamples.fleet(devices: 1600, hub: PlanSamples.tier(.s3, units: 10), rate: 100)
        let phases = try plan(fleet).phases
        for (phase, words) in [
            (RunPhase.provision, "4 requests at once at most, so longer if one takes more than 480 ms"),
            (.ready, "256 devices at once at most, so longer if one takes more than 102 ms"),
            (.verify, "16 requests at once at most, so longer if one takes more than 3 ms"),
        ] {
            let estimate = try #require(phases.first { $0.phase == phase })
            #expect(estimate.text.contains(words), "\(estimate.text)")
            #expect(estimate.basis == (phase == .provision ? .paced : .atLeast))
        }
    }

    @Test("a pace that leaves each request long enough is a prediction, without a word about it")
    func withinConcurrency() throws {
        let phases = try plan(PlanSamples.fleet(devices: 801, hub: PlanSamples.tier(.s1), rate: 10)).phases
        for phase in [RunPhase.provision, .ready, .verify] {
            #expect(phases.first { $0.phase == phase }?.basis == .paced)
        }
        #expect(phases.first?.text.contains("at once") == false)
        #expect(phases.first { $0.phase == .verify }?.text.contains("more than 160 ms") == true)
    }

    @Test("pages of queries are spread over the tier's minute")
    func queries() throws {
        let all = try DeviceCondition(parsing: "STARTSWITH(deviceId, 'press')")
        let one = try DeviceCondition(parsing: "deviceId = 'press-1'")
        let fleet = PlanSamples.fleet(devices: 201, hub: PlanSamples.tier(.s1), rate: 20, queries: [all, one])
        // 201 twins at 100/s, and four pages at 20 a minute.
        #expect(try plan(fleet).duration(of: .verify) == .seconds(2) + .seconds(9))
    }

    @Test("the expanded fleet is counted by everything that it has")
    func expansion() throws {
        var fleet = PlanSamples.fleet(devices: 6, transports: [.mqtt, .amqp, .amqp], rate: 1, duration: .seconds(4))
        fleet.devices[5].index = 0
        fleet.devices[0].connectivity = "wifi"
        fleet.devices[1].auth = .x509(X509Setting(kind: .selfSigned))
        let planned = try plan(fleet).fleet
        #expect(planned.templates.map(\.name) == ["press-0 … press-4", "press-5"])
        #expect(planned.templates.map(\.devices) == [5, 1])
        #expect(planned.transports.map(\.name) == ["Amqp", "Mqtt"] && planned.transports.map(\.devices) == [4, 2])
        #expect(planned.connectivity.map(\.name) == ["wifi"])
        #expect(planned.authentication.map(\.name) == ["sas", "x509 selfSigned"])
        #expect(planned.changes == 4 && planned.changedDevices == 4 && planned.firstChanges.count == 3)
        #expect(planned.firstChanges.first?.intended == .milliseconds(500))
        #expect(planned.items.map(\.changes) == [4])
    }
}
