import Testing

@testable import FleetReport

@Suite("How figures are written")
struct FormatTests {
    @Test("a duration of days has days")
    func days() {
        #expect(Format.duration(.seconds(86_399)) == "23 h 59 min 59 s")
        #expect(Format.duration(.seconds(91_800)) == "25 h 30 min")
        #expect(Format.duration(.seconds(8784 * 3600)) == "366 d 0 h")
    }

    @Test("durations are rounded to what is shown of them, so that sums are those of the figures above")
    func rounded() {
        #expect(Format.rounded(.milliseconds(4995)) == .seconds(5))
        #expect(Format.rounded(.milliseconds(4994)) == .milliseconds(4990))
        #expect(Format.rounded(.milliseconds(250_700)) == .seconds(250))
    }
}
