import Fleet
import IoTHub
import Testing

@testable import FleetRunner

@Suite("What a plan says of the hub's tier")
struct TierPlanTests {
    private func plan(_ fleet: Fleet) throws -> FleetPlan { try FleetPlan(of: fleet, on: PlanSamples.machine()) }

    @Test("without a tier nothing is held against one")
    func noTier() throws {
        let plan = try plan(PlanSamples.fleet(connect: 5000, rate: 5000, duration: .seconds(1)))
        #expect(plan.rates.isEmpty && plan.messages == nil && plan.isFine)
    }

    @Test("an echoed change is two updates of a twin: 25 changes a second are what S1 permits")
    func updates() throws {
        let good = try plan(PlanSamples.fleet(hub: PlanSamples.tier(.s1), rate: 25))
        let rate = try #require(good.rates.first { $0.phase == .drive })
        #expect(rate.askedPerSecond == 50 && rate.permittedPerSecond == 50 && good.isFine)
        let bad = try plan(PlanSamples.fleet(hub: PlanSamples.tier(.s1), rate: 100))
        let finding = try #require(bad.findings(.limited, about: "twin updates").first)
        let words = "asked at 100/s, with their echoes 200/s updates; S1 with 1 unit permits 50/s"
        #expect(finding.text.contains(words))
        #expect(finding.text.contains("changes at 25/s or less, or take tier: S3, units: 1"))
        #expect(!bad.isFine)
        // It is slow, not impossible.
        #expect(throws: Never.self) { try FleetPlan.check(PlanSamples.fleet(hub: PlanSamples.tier(.s1), rate: 100)) }
    }

    @Test("a run tells in short what the plan tells at length")
    func warnings() throws {
        func warnings(rate: Double, _ hub: HubSetting) throws -> [String] {
            let fleet = PlanSamples.fleet(hub: hub, rate: rate)
            return FleetPlan.warnings(of: fleet, try Schedule(of: fleet), configuration: RunConfiguration())
        }
        #expect(try warnings(rate: 25, PlanSamples.tier(.s1)).isEmpty)
        #expect(try warnings(rate: 100, HubSetting()).isEmpty)
        #expect(
            try warnings(rate: 100, PlanSamples.tier(.s1)) == [
                "twin updates: 200/s asked, S1 with 1 unit permits 50/s, so a real hub throttles ('twinfleet plan')"
            ]
        )
    }

    @Test("more units help where the tier's limit grows with them")
    func units() throws {
        let bad = try plan(PlanSamples.fleet(hub: PlanSamples.tier(.s2), rate: 100))
        #expect(bad.findings.first?.text.contains("take tier: S2, units: 40") == true)
        #expect(try plan(PlanSamples.fleet(hub: PlanSamples.tier(.s2, units: 40), rate: 100)).isFine)
    }

    @Test("one order meets every demand and the day's messages together")
    func oneOrder() throws {
        // About two million messages need 5 units of S1, and 150 connections a second 13.
        let fleet = PlanSamples.fleet(hub: PlanSamples.tier(.s1), connect: 150, rate: 24, duration: .seconds(40_000))
        let findings = try plan(fleet).findings
        #expect(findings.map(\.subject) == ["new connections", "messages"])
        for finding in findings { #expect(finding.text.contains("or take tier: S1, units: 13"), "\(finding.text)") }
    }

    @Test("what no tier permits is said plainly, and no units are named that cannot be bought")
    func noOrder() throws {
        // S3 permits 250 updates a second with each of its 10 units.
        let most = try plan(PlanSamples.fleet(hub: PlanSamples.tier(.s3), rate: 800))
        #expect(most.findings.first?.text.contains("take tier: S3, units: 10") == true, "\(most.findings)")
        let more = try plan(PlanSamples.fleet(hub: PlanSamples.tier(.s3), rate: 1300))
        #expect(!more.findings.isEmpty)
        for finding in more.findings {
            #expect(
                finding.text.contains("no tier permits all that the run asks for") && !finding.text.contains("units: ")
            )
        }
    }

    @Test("changes that share requests are held against operations on identities, too")
    func bulk() throws {
        let plan = try plan(PlanSamples.fleet(hub: PlanSamples.tier(.s3, units: 3), rate: 300))
        #expect(plan.rates.first { $0.subject == .twinUpdates && $0.phase == .drive }?.isThrottled == false)
        #expect(plan.rates.first { $0.subject == .bulkItems }?.isThrottled == true)
    }

    @Test("a pace of connecting above the tier's is throttled; without one the run keeps to the tier's")
    func connections() throws {
        let fast = try plan(PlanSamples.fleet(hub: PlanSamples.tier(.s1), connect: 200))
        #expect(fast.findings.first?.text.contains("say connect: 100/s or leave it out") == true)
        #expect(try plan(PlanSamples.fleet(hub: PlanSamples.tier(.s1))).isFine)
    }

    @Test("basic tiers have no twins: a run refuses a real hub of one, and says so of the local one")
    func basic() throws {
        let real = PlanSamples.fleet(hub: PlanSamples.remote(.b1))
        #expect(try plan(real).findings(.impossible, about: "tier").count == 1)
        let error = #expect(throws: RunError.self) { try FleetPlan.check(real, on: PlanSamples.machine()) }
        #expect(error?.exitCode == .badFleetFile)
        let local = PlanSamples.fleet(hub: PlanSamples.tier(.b1))
        #expect(try plan(local).findings(.limited, about: "tier").count == 1)
        #expect(throws: Never.self) { try FleetPlan.check(local, on: PlanSamples.machine()) }
    }

    @Test("a basic tier is told to have no twins, and nothing of how many updates of twins it permits")
    func basicOnly() throws {
        let plan = try plan(PlanSamples.fleet(hub: PlanSamples.tier(.b1), rate: 100, duration: .seconds(4000)))
        #expect(plan.findings.map(\.subject) == ["tier"])
        #expect(plan.rates.allSatisfy { [.identities, .connections].contains($0.subject) } && plan.messages == nil)
    }

    @Test("the free tier registers 500 devices: a run of more is refused at a real hub, and told of at the local one")
    func identities() throws {
        #expect(try plan(PlanSamples.fleet(devices: 500, hub: PlanSamples.remote(.f1), rate: 1)).isFine)
        let real = PlanSamples.fleet(devices: 600, hub: PlanSamples.remote(.f1), rate: 1)
        let finding = try #require(try plan(real).findings(.impossible, about: "identities").first)
        #expect(finding.text.contains("600 devices are asked") && finding.text.contains("registers 500 at most"))
        let error = #expect(throws: RunError.self) { try FleetPlan.check(real, on: PlanSamples.machine()) }
        #expect(error?.exitCode == .badFleetFile)
        let local = PlanSamples.fleet(devices: 600, hub: PlanSamples.tier(.f1), rate: 1)
        #expect(try plan(local).findings(.limited, about: "identities").count == 1)
        #expect(throws: Never.self) { try FleetPlan.check(local, on: PlanSamples.machine()) }
        #expect(try plan(PlanSamples.fleet(devices: 600, hub: PlanSamples.remote(.s1), rate: 1)).isFine)
    }

    @Test("of a run of many days the busiest one is held against a day's messages")
    func days() throws {
        func messages(rate: Double, days: Int) throws -> (plan: FleetPlan, messages: MessageDemand) {
            let fleet = PlanSamples.fleet(hub: PlanSamples.tier(.s1), rate: rate, duration: .seconds(86_400 * days))
            let plan = try plan(fleet)
            return (plan, try #require(plan.messages))
        }
        // A change and its echo every second are 172,800 messages a day, of 400,000.
        let long = try messages(rate: 1, days: 5)
        #expect(long.messages.drive == 5 * 172_800 && long.plan.isFine)
        #expect(long.messages.busiestDay >= 172_800 + 200 && long.messages.busiestDay < 173_100)
        let short = try messages(rate: 1, days: 1)
        #expect(short.messages.busiestDay == short.messages.run)
        let much = try messages(rate: 3, days: 2)
        let finding = try #require(much.plan.findings(.limited, about: "messages").first)
        #expect(finding.text.contains("on its busiest day") && finding.text.contains("take tier: S1, units: 2"))
    }

    @Test("messages are counted as the tier meters them, against the day's")
    func messages() throws {
        let condition = try DeviceCondition(parsing: "STARTSWITH(deviceId, 'press')")
        let fleet = PlanSamples.fleet(hub: PlanSamples.tier(.s1), rate: 25, queries: [condition])
        let messages = try #require(try plan(fleet).messages)
        // Each device reads and reports once; each of 500 changes is written and echoed; 100 twins are read back, and a
        // page with 100 twins of about 750 bytes is metered in pieces of 4 KB.
        #expect(messages.ready == 200 && messages.drive == 1000)
        #expect(messages.verify > 100 + 15 && messages.verify < 100 + 25)
        #expect(messages.permittedPerDay == 400_000 && messages.drivenPerDay == 50 * 86_400)
        #expect(messages.lasts == .seconds((400_000 - 200) / 50))
    }

    @Test("a run that takes more messages than a day has is told, with what to order")
    func quota() throws {
        let plan = try plan(PlanSamples.fleet(hub: PlanSamples.tier(.f1), rate: 20, duration: .seconds(300)))
        let finding = try #require(plan.findings(.limited, about: "messages").first)
        #expect(finding.text.contains("F1 with 1 unit permits 8,000 a day"))
        #expect(finding.text.contains("tier: S1, units: 1"))
    }

    @Test("the free tier meters in pieces of half a kilobyte")
    func freeTier() throws {
        var fleet = PlanSamples.fleet(hub: PlanSamples.tier(.f1), rate: 1)
        fleet.workload[0].desired = DesiredTemplate(["text": .string(String(repeating: "x", count: 600))])
        #expect(try plan(fleet).messages?.drive == 20 * (2 + 2))
    }
}
