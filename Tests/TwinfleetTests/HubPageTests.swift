import IoTHub
import LiveServer
import LocalHub
import Testing

@testable import twinfleet

@Suite("A hub on the live page")
struct HubPageTests {
    @Test("counters become totals, what they have grown by becomes rates, and refusals become errors")
    func figures() {
        var last = HubCounters()
        var mqtt = HubCounters.Traffic()
        mqtt.connects = 5
        mqtt.disconnects = 2
        mqtt.reportedUpdates = 8
        mqtt.notifications = 9
        mqtt.twinReads = 6
        last.traffic = [.mqttTcpOnly: mqtt, .amqpTcpOnly: HubCounters.Traffic()]
        last.desiredUpdates = 13
        last.serviceTwinReads = 10
        last.serviceRequests = [200: 20]
        var now = last
        now.devices = 7
        mqtt.reportedUpdates = 10
        mqtt.notifications = 12
        mqtt.authenticationFailures = 1
        now.traffic[.mqttTcpOnly] = mqtt
        now.desiredUpdates = 14
        now.serviceTwinReads = 15
        now.tagUpdates = 3
        now.queries = 4
        now.serviceRequests = [200: 26, 404: 2]
        let overview = LiveOverview(now, since: last, over: 1)
        #expect(overview.source == .hub)
        #expect(overview.devices == [.init("registered", 7), .init("connected", 3)])
        #expect(
            overview.connections == [.init("Mqtt_Tcp_Only", connected: 3), .init("Amqp_Tcp_Only", connected: 0)]
        )
        #expect(
            overview.rates == [
                .init("desired updates", perSecond: 1, total: 14), .init("notifications", perSecond: 3, total: 12),
                .init("reported updates", perSecond: 2, total: 10), .init("twin reads", perSecond: 5, total: 21),
                .init("service requests", perSecond: 8, total: 28),
            ]
        )
        #expect(
            overview.counters == [
                .init("connects", 5), .init("disconnects", 2), .init("tag updates", 3), .init("queries", 4),
            ]
        )
        #expect(
            overview.errors == [
                .init("credentials of devices refused", 1), .init("service requests answered 404", 2),
            ]
        )
        #expect(overview.latencies.isEmpty)
        #expect(overview.inFlight == nil)
    }

    @Test(
        "rates are by the second, also when more than one has passed",
        arguments: [(1.0, 90), (0.96, 94), (9, 10), (0.001, 180)]
    )
    func rates(seconds: Double, perSecond: Int) {
        var now = HubCounters()
        now.desiredUpdates = 90
        let overview = LiveOverview(now, since: HubCounters(), over: seconds)
        #expect(overview.rates.first == .init("desired updates", perSecond: perSecond, total: 90))
    }

    @Test(
        "the page goes to a name that leads to the hub and that its certificate has",
        arguments: [
            ("127.0.0.1", "localhost:18443"), ("::1", "localhost:18443"), ("0.0.0.0", "localhost:18443"),
            ("::", "localhost:18443"), ("192.0.2.7", "192.0.2.7:18443"), ("192.0.2.8", "hub.lan:18443"),
        ]
    )
    func ownWay(bind: String, host: String) throws {
        let text = "HostName=hub.lan:18443;SharedAccessKeyName=iothubowner;SharedAccessKey=AAECAw=="
        let own = try HubPage.ownConnectionString(text, bind: bind, certificateNames: ["hub.lan", "192.0.2.7"])
        #expect(own == text.replacing("hub.lan:18443", with: host))
        let standard = try HubPage.ownConnectionString(
            text.replacing(":18443", with: ""),
            bind: "127.0.0.1",
            certificateNames: []
        )
        #expect(standard.hasPrefix("HostName=localhost;"))
    }
}
