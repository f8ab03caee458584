import Fleet
import FleetRunner
import IoTHub
import Testing

@testable import FleetReport

/// Fleet files whose plans are shown.
private enum PlanTexts {
    static let local = """
        fleet: redmond43
        seed: 42
        connect: 200/s
        duration: 1m30s
        devices:
          - { id: myDeviceId, transport: Mqtt, connectivity: cellular }
          - id: "press-{index:04}"
            count: 500
            transport: { Mqtt: 60%, Mqtt_WebSocket_Only: 40% }
            connectivity: { wifi: 70%, cellular: 30% }
        workload:
          - desired: { speed: { type: 5G }, telemetryInterval: "{random:1..60}" }
            rate: 100/s
          - desired: { telemetryConfig: { configId: "{id}-{change}" } }
            every: 10s
        """

    static let throttled = """
        fleet: throttled
        hub: { connection: "${HUB}", tier: S1, units: 1 }
        connect: 200/s
        duration: 1h
        amqp: { pool: 100 }
        devices:
          - { id: "gate-{index}", count: 250, transport: Amqp, auth: { sas: 80%, x509: 20% } }
        workload:
          - { desired: { setpoint: "{random:15.0..25.0}" }, rate: 100/s }
        queries: ["deviceId = 'gate-1'"]
        """

    static let large = """
        fleet: large
        duration: 10s
        devices: [{ id: "d-{index}", count: 30000, transport: Mqtt_Tcp_Only }]
        workload: [{ desired: { a: "{change}" }, rate: 10/s }]
        """
}

@Suite("The plan as text and as JSON")
struct PlanPageTests {
    private static let machine = MachineFacts(
        softOpenFiles: 1024,
        hardOpenFiles: 20_000,
        greatestOpenFiles: 1_048_576,
        processors: 2,
        availableMemoryBytes: 8 << 30
    )

    /// A fleet file's plan on a machine of that kind.
    private func plan(_ text: String) throws -> FleetPlan {
        try FleetPlan(
            of: try Fleet.parse(Array(text.utf8), file: "fleets/fleet.yaml", environment: ["HUB": Self.hub]),
            on: Self.machine
        )
    }

    private static let hub = "HostName=myhub.azure-devices.net;SharedAccessKeyName=iothubowner;SharedAccessKey=c2VjcmV0"

    @Test("a plan that is fine, without a tier")
    func fine() throws {
        let plan = try plan(PlanTexts.local)
        #expect(plan.isFine)
        try expectGolden(PlanPage.render(plan, style: Style(isColored: false)), "plan-fine.txt")
    }

    @Test("a plan that a tier would throttle; it never shows the hub's key")
    func throttled() throws {
        let plan = try plan(PlanTexts.throttled)
        let page = PlanPage.render(plan, style: Style(isColored: false))
        #expect(!page.contains("c2VjcmV0") && !JSON.object(PlanJSON.document(plan)).text.contains("c2VjcmV0"))
        try expectGolden(page, "plan-throttled.txt")
    }

    @Test("a plan that this machine cannot carry, in colours")
    func impossible() throws {
        let page = PlanPage.render(try plan(PlanTexts.large), style: Style(isColored: true))
        try expectGolden(page, "plan-impossible.txt")
    }

    @Test("the plan as JSON")
    func json() throws {
        let document = PlanJSON.document(try plan(PlanTexts.throttled))
        try expectGolden(JSON.object(document).readableText + "\n", "plan.json")
    }

    @Test(
        "no line is wider than a hundred columns",
        arguments: [PlanTexts.local, PlanTexts.throttled, PlanTexts.large]
    )
    func width(text: String) throws {
        let page = PlanPage.render(try plan(text), style: Style(isColored: false))
        for line in page.split(separator: "\n") { #expect(line.count <= 100) }
    }
}
