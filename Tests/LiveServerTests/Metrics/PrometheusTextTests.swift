import LiveServer
import Testing

@Suite("metrics as Prometheus reads them")
struct PrometheusTextTests {
    @Test("counters and gauges have a help, a type and a line for each sample")
    func plain() {
        let text = PrometheusText.render([
            MetricFamily(
                "x_changes_total",
                "Changes sent.",
                .counter([.init(3, ["transport": "Mqtt", "connectivity": "wifi"]), .init(4, ["transport": "Amqp"])])
            ),
            MetricFamily("x_in_flight", "Changes under way.", .gauge([.init(2.5)])),
        ])
        #expect(
            text == """
                # HELP x_changes_total Changes sent.
                # TYPE x_changes_total counter
                x_changes_total{transport="Mqtt",connectivity="wifi"} 3
                x_changes_total{transport="Amqp"} 4
                # HELP x_in_flight Changes under way.
                # TYPE x_in_flight gauge
                x_in_flight 2.5

                """
        )
    }

    @Test("the buckets of a histogram are cumulative, end with the infinite one, and agree with the count")
    func histogram() {
        let text = PrometheusText.render([
            MetricFamily(
                "x_seconds",
                "Times.",
                .histogram([
                    .init(bounds: [0.0001, 0.5, 2], counts: [1, 0, 4, 2], sum: 12.75, ["transport": "Mqtt"]),
                    .init(bounds: [1], counts: [0, 0], sum: 0),
                ])
            )
        ])
        #expect(
            text == """
                # HELP x_seconds Times.
                # TYPE x_seconds histogram
                x_seconds_bucket{transport="Mqtt",le="0.0001"} 1
                x_seconds_bucket{transport="Mqtt",le="0.5"} 1
                x_seconds_bucket{transport="Mqtt",le="2"} 5
                x_seconds_bucket{transport="Mqtt",le="+Inf"} 7
                x_seconds_sum{transport="Mqtt"} 12.75
                x_seconds_count{transport="Mqtt"} 7
                x_seconds_bucket{le="1"} 0
                x_seconds_bucket{le="+Inf"} 0
                x_seconds_sum 0
                x_seconds_count 0

                """
        )
    }

    @Test("label values and helps are escaped, each by its own rules")
    func escapes() {
        let text = PrometheusText.render([
            MetricFamily(
                "x",
                "A \"quoted\" back\\slash\nand a line.",
                .gauge([.init(1, ["why": "a \"b\" \\ c\r\nd ü {}"])])
            )
        ])
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.first == #"# HELP x A "quoted" back\\slash\nand a line."#)
        #expect(lines.count == 4)
        #expect(text.utf8.contains(UInt8(ascii: "\r")))
        #expect(text.hasSuffix("x{why=\"a \\\"b\\\" \\\\ c\r\\nd ü {}\"} 1\n"))
    }

    @Test("a family without samples is not mentioned")
    func empty() {
        let families = [MetricFamily("x", "X.", .gauge([])), MetricFamily("y_seconds", "Y.", .histogram([]))]
        #expect(PrometheusText.render(families) == "")
    }

    @Test(
        "numbers are written as Go reads them",
        arguments: [
            (0, "0"), (-3, "-3"), (0.1, "0.1"), (1e-7, "1e-07"), (1_700_000_000.25, "1700000000.25"),
            (9_007_199_254_740_992, "9007199254740992"), (1e300, "1e+300"), (.infinity, "+Inf"), (-.infinity, "-Inf"),
            (.nan, "NaN"),
        ] as [(Double, String)]
    )
    func numbers(_ value: Double, _ expected: String) {
        let text = PrometheusText.render([MetricFamily("x", "X.", .gauge([.init(value)]))])
        #expect(text.hasSuffix("\nx \(expected)\n"))
    }
}
