import ArgumentParser
import IoTHub
import LiveServer
import LocalHub
import Testing

@testable import twinfleet

@Suite("a hub as metrics")
struct HubMetricsTests {
    @Test("every counter of the hub is there")
    func text() {
        var counters = HubCounters()
        counters.devices = 7
        var mqtt = HubCounters.Traffic()
        mqtt.connects = 5
        mqtt.disconnects = 2
        mqtt.twinReads = 6
        mqtt.reportedUpdates = 8
        mqtt.notifications = 9
        mqtt.authenticationFailures = 10
        mqtt.throttled = 11
        counters.traffic = [.mqttTcpOnly: mqtt, .amqpTcpOnly: HubCounters.Traffic()]
        counters.serviceTwinReads = 12
        counters.desiredUpdates = 13
        counters.tagUpdates = 14
        counters.queries = 15
        counters.serviceRequests = [429: 4, 200: 16, 401: 3]
        let lines = PrometheusText.render(HubMetrics.families(counters, started: 1_700_000_000.5))
            .split(separator: "\n").filter { !$0.hasPrefix("#") }
        #expect(
            lines == [
                "twinfleet_hub_start_time_seconds 1700000000.5",
                "twinfleet_hub_devices 7",
                "twinfleet_hub_connections{transport=\"Amqp_Tcp_Only\"} 0",
                "twinfleet_hub_connections{transport=\"Mqtt_Tcp_Only\"} 3",
                "twinfleet_hub_connects_total{transport=\"Amqp_Tcp_Only\"} 0",
                "twinfleet_hub_connects_total{transport=\"Mqtt_Tcp_Only\"} 5",
                "twinfleet_hub_disconnects_total{transport=\"Amqp_Tcp_Only\"} 0",
                "twinfleet_hub_disconnects_total{transport=\"Mqtt_Tcp_Only\"} 2",
                "twinfleet_hub_twin_reads_total{transport=\"Amqp_Tcp_Only\",origin=\"device\"} 0",
                "twinfleet_hub_twin_reads_total{transport=\"Mqtt_Tcp_Only\",origin=\"device\"} 6",
                "twinfleet_hub_twin_reads_total{transport=\"Http1\",origin=\"service\"} 12",
                "twinfleet_hub_reported_updates_total{transport=\"Amqp_Tcp_Only\"} 0",
                "twinfleet_hub_reported_updates_total{transport=\"Mqtt_Tcp_Only\"} 8",
                "twinfleet_hub_desired_updates_total 13",
                "twinfleet_hub_tag_updates_total 14",
                "twinfleet_hub_notifications_total{transport=\"Amqp_Tcp_Only\"} 0",
                "twinfleet_hub_notifications_total{transport=\"Mqtt_Tcp_Only\"} 9",
                "twinfleet_hub_queries_total 15",
                "twinfleet_hub_service_requests_total{status=\"200\"} 16",
                "twinfleet_hub_service_requests_total{status=\"401\"} 3",
                "twinfleet_hub_service_requests_total{status=\"429\"} 4",
                "twinfleet_hub_authentication_failures_total{transport=\"Amqp_Tcp_Only\"} 0",
                "twinfleet_hub_authentication_failures_total{transport=\"Mqtt_Tcp_Only\"} 10",
                "twinfleet_hub_authentication_failures_total{transport=\"Http1\"} 3",
                "twinfleet_hub_throttled_requests_total{transport=\"Amqp_Tcp_Only\"} 0",
                "twinfleet_hub_throttled_requests_total{transport=\"Mqtt_Tcp_Only\"} 11",
                "twinfleet_hub_throttled_requests_total{transport=\"Http1\"} 4",
            ]
        )
    }

    @Test(
        "the line of a hub's readiness names metrics and page when there are some",
        arguments: [nil, "http://127.0.0.1:9/metrics"]
    )
    func readyLine(_ address: String?) throws {
        var line = HubReadyLine(
            mqttPort: 1,
            amqpPort: 2,
            httpsPort: 3,
            connectionString: "c",
            certificateAuthorityFile: "f"
        )
        line.metrics = address
        line.page = address.map { "\($0)?token=t" }
        let read = try #require(HubReadyLine(parsing: line.json.text))
        #expect(read.metrics == address && read.page == line.page)
        #expect(read.httpsPort == 3)
    }

    @Test("ports that are none are refused, with the option's name", arguments: ["-1", "65536", "x"])
    func badPort(_ port: String) {
        let refusal = Result { try MetricsOption.parse(["--metrics=\(port)"]) }
        guard case .failure(let error) = refusal else {
            Issue.record("the port \(port) was taken")
            return
        }
        #expect(MetricsOption.message(for: error).contains("--metrics"))
    }

    @Test("no port is needed, and 0 takes any", arguments: [([], nil), (["--metrics", "0"], 0)] as [([String], Int?)])
    func goodPort(_ arguments: [String], _ port: Int?) throws {
        #expect(try MetricsOption.parse(arguments).port == port)
    }
}
