import IoTHub
import Testing

@testable import Fleet

@Suite("Values with units")
struct ValueTests {
    @Test(
        "durations",
        arguments: [
            ("500us", 500_000), ("500µs", 500_000), ("10ms", 10_000_000), ("10s", 10_000_000_000),
            ("1m30s", 90_000_000_000), ("1h", 3_600_000_000_000), ("1.5h", 5_400_000_000_000),
            ("0.25s", 250_000_000), ("1h1m1s1ms1us", 3_661_001_001_000), ("0s", 0), ("8784h", 31_622_400_000_000_000),
            ("0.000000000001s", 0),
        ] as [(String, Int64)]
    )
    func duration(_ text: String, _ nanoseconds: Int64) throws {
        #expect(try DurationText.nanoseconds(text) == nanoseconds)
    }

    @Test(
        "texts that are no duration",
        arguments: [
            "", "s", "10", "10 s", "-1s", "1e3s", "1s1s", "1ms1s", "1.s", ".5s", "9223372036854775807h", "8785h",
            "99999999999999999999s", "0.0000000000001s", "1s ", "1h٣s",
        ]
    )
    func noDuration(_ text: String) {
        #expect(throws: Fault.self) { try DurationText.nanoseconds(text) }
    }

    @Test(
        "rates",
        arguments: [("1/s", 1.0), ("90/m", 1.5), ("3600/h", 1), ("0.5/s", 0.5), ("100 / s", 100), ("1000000/s", 1e6)]
    )
    func rate(_ text: String, _ perSecond: Double) throws {
        #expect(try RateText.perSecond(text) == perSecond)
    }

    @Test(
        "texts that are no rate",
        arguments: ["", "/", "/s", "1", "0/s", "-1/s", "1/", "1/s/s", "1/d", "1e3/s", "1000001/s", "nan/s"]
    )
    func noRate(_ text: String) {
        #expect(throws: Fault.self) { try RateText.perSecond(text) }
    }

    @Test(
        "shares",
        arguments: [("60%", 60_000_000), ("33.333333%", 33_333_333), ("0%", 0), ("100 %", 100_000_000)]
            as [(String, Int64)]
    )
    func percent(_ text: String, _ millionths: Int64) throws {
        #expect(try PercentText.millionths(text) == millionths)
    }

    @Test(
        "texts that are no share",
        arguments: ["", "%", "60", "-1%", "101%", "1e1%", "1.1234567%", "99999999999999999999%"]
    )
    func noPercent(_ text: String) {
        #expect(throws: Fault.self) { try PercentText.millionths(text) }
    }

    @Test(
        "thresholds",
        arguments: [
            ("p99 < 500ms", .delivery, .percentile(99), .less, 500_000),
            ("p99.9<=1s", .sync, .percentile(99.9), .lessOrEqual, 1e6),
            ("max < 1.5s", .echo, .maximum, .less, 1.5e6), ("mean  >  10us", .hubToDevice, .mean, .greater, 10),
            ("min >= 0s", .deliveryFromSent, .minimum, .greaterOrEqual, 0), ("== 0", .lost, .value, .equal, 0),
            ("<=5", .errors, .value, .lessOrEqual, 5), ("> 1", .caughtUp, .value, .greater, 1),
        ] as [(String, Threshold.Subject, Threshold.Statistic, Threshold.Comparison, Double)]
    )
    func threshold(
        _ text: String,
        _ subject: Threshold.Subject,
        _ statistic: Threshold.Statistic,
        _ comparison: Threshold.Comparison,
        _ limit: Double
    ) throws {
        let threshold = try ThresholdText.parse(text, subject: subject)
        #expect(threshold.statistic == statistic)
        #expect(threshold.comparison == comparison)
        #expect(threshold.limit == limit)
        #expect(threshold.text.hasPrefix("\(subject.rawValue): "))
    }

    @Test("comparisons hold as their signs say")
    func comparisons() {
        let held: [Threshold.Comparison: [Bool]] = [
            .less: [true, false, false], .lessOrEqual: [true, true, false], .equal: [false, true, false],
            .greaterOrEqual: [false, true, true], .greater: [false, false, true],
        ]
        for (comparison, expected) in held {
            #expect([1.0, 2.0, 3.0].map { comparison.holds($0, 2) } == expected)
        }
    }

    @Test("a threshold's text is told in one form")
    func thresholdText() throws {
        #expect(try ThresholdText.parse("p99<500ms", subject: .delivery).text == "delivery: p99 < 500ms")
        #expect(try ThresholdText.parse("==0", subject: .outOfOrder).text == "out_of_order: == 0")
    }

    @Test(
        "plain values mean what YAML 1.2 says",
        arguments: [
            ("", .null), ("~", .null), ("null", .null), ("true", true), ("no", "no"), ("off", "off"), ("5G", "5G"),
            ("10", 10), ("010", 10), ("+7", 7), ("-7", -7), ("0x1F", 31), ("0o17", 15), ("0xZ", "0xZ"), ("1.5", 1.5),
            (".5", 0.5), ("1.", 1.0), ("1e3", 1000.0), ("1e", "1e"), ("-", "-"), (".", "."), ("1.2.3", "1.2.3"),
            ("2024-01-01", "2024-01-01"), ("12:30", "12:30"), ("1_000", "1_000"), ("+", "+"), ("0x-5", "0x-5"),
        ] as [(String, JSON)]
    )
    func plain(_ text: String, _ value: JSON) throws {
        #expect(try CoreSchema.value(of: text) == value)
    }

    @Test("the nearest name is offered, and none that is far")
    func suggestions() {
        let names = ["duration", "devices", "count", "Mqtt", "Mqtt_Tcp_Only"]
        #expect(Suggestion.nearest(to: "durration", among: names) == "duration")
        #expect(Suggestion.nearest(to: "DEVICES", among: names) == "devices")
        #expect(Suggestion.nearest(to: "cuont", among: names) == "count")
        #expect(Suggestion.nearest(to: "mqtt_tcp", among: names) == nil)
        #expect(Suggestion.nearest(to: "mqtt-tcp-only", among: names) == "Mqtt_Tcp_Only")
        #expect(Suggestion.nearest(to: "zebra", among: names) == nil)
        #expect(Suggestion.nearest(to: "", among: names) == nil)
    }
}
