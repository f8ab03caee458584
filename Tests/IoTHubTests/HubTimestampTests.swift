import IoTHub
import Testing

@Suite("HubTimestamp")
struct HubTimestampTests {
    @Test(
        "a text and its ticks",
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("1970-01-01T00:00:00.0000001Z", 1), ("1969-12-31T23:59:59.9999999Z", -1),
            ("2022-06-01T22:27:50.2612586Z", 16_541_224_702_612_586), ("2024-02-29T12:00:00Z", 17_092_080_000_000_000),
            ("0001-01-01T00:00:00Z", -621_355_968_000_000_000), ("9999-12-31T23:59:59Z", 2_534_023_007_990_000_000),
        ]
    )
    func texts(text: String, ticks: Int64) throws {
        #expect(try HubTimestamp(parsing: text).ticksSinceEpoch == ticks)
        #expect(HubTimestamp(ticksSinceEpoch: ticks).description == text)
    }

    @Test(
        "other forms that are read",
        arguments: [("2020-01-01T00:00:00.5Z", 5_000_000), ("2020-01-01T00:00:00.5+00:00", 5_000_000)]
    )
    func forms(text: String, ticks: Int64) throws {
        #expect(try HubTimestamp(parsing: text).ticksSinceEpoch == 15_778_368_000_000_000 + ticks)
    }

    @Test(
        "texts that are no time",
        arguments: [
            "", "2022", "2022-13-01T00:00:00Z", "2023-02-29T00:00:00Z", "2022-06-01T24:00:00Z", "2022-06-01T22:27:50",
            "2022-06-01T22:27:50.Z", "2022-06-01 22:27:50Z", "2022-06-01T22:27:50+02:00", "x022-06-01T22:27:50Z",
        ]
    )
    func refused(text: String) {
        #expect(throws: IoTHubError.self) { try HubTimestamp(parsing: text) }
    }

    @Test("the clock is in this century and goes on")
    func now() {
        let first = HubTimestamp.now()
        #expect(first.description.hasPrefix("20"))
        #expect(HubTimestamp.now() >= first)
        #expect(first.secondsSinceEpoch == first.microsecondsSinceEpoch / 1_000_000)
    }

    @Test("seconds beyond the calendar do not overflow")
    func extremes() {
        #expect(
            HubTimestamp(secondsSinceEpoch: .max, nanoseconds: 999_999_999).description
                == "9999-12-31T23:59:59.9999999Z"
        )
        #expect(HubTimestamp(secondsSinceEpoch: .min, nanoseconds: 0) == .never)
    }
}
