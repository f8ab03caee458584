import IoTHub
import Testing

@testable import Fleet

@Suite("What a change sets")
struct TemplateTests {
    private func template(_ desired: String) throws -> DesiredTemplate {
        let fleet = try Sample.parse(
            "fleet: a\nduration: 1s\ndevices: [{ id: d }]\nworkload: [{ desired: \(desired), rate: 1/s }]"
        )
        return fleet.workload[0].desired
    }

    private let device = FleetDevice(id: "press-7", index: 7)

    @Test("a placeholder alone gives a number, within a longer text it gives text")
    func types() throws {
        let template = try template(
            #"{ a: "{index}", b: "{index:03}", c: "{index%4}", d: "n{index}", e: "{change}", f: "c-{change}", g: "{id}", h: "{{id}}", i: { j: [x, "{change}", 1.5, true, null2] }, k: ~, l: "" }"#
        )
        var generator = SplitMix64(seed: 1)
        #expect(
            template.make(device: device, change: 12, using: &generator) == [
                "a": 7, "b": "007", "c": 3, "d": "n7", "e": 12, "f": "c-12", "g": "press-7", "h": "{id}",
                "i": ["j": ["x", 12, 1.5, true, "null2"]], "k": nil, "l": "",
            ]
        )
    }

    @Test("random numbers stay in their range and reach its ends")
    func random() throws {
        let template = try template(
            #"{ a: "{random:-2..2}", b: "{random:0.5..1.5}", c: "{random:3..3}", d: "v{random:1..2}" }"#
        )
        var generator = SplitMix64(seed: 3)
        var integers: Set<Int64> = []
        var decimals: Set<Double> = []
        for change in 0..<2000 {
            let made = template.make(device: device, change: UInt64(change), using: &generator)
            integers.insert(try #require(made["a"]?.integerValue))
            guard case .double(let decimal)? = made["b"] else {
                Issue.record("no decimal: \(made)")
                return
            }
            decimals.insert(decimal)
            #expect(made["c"] == 3)
            #expect(made["d"] == "v1" || made["d"] == "v2")
        }
        #expect(integers == [-2, -1, 0, 1, 2])
        #expect(decimals == [0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.3, 1.4, 1.5])
    }

    @Test("equal seeds make equal changes")
    func deterministic() throws {
        let template = try template(#"{ a: "{random:1..1000000}", b: "{random:0.000..9.999}" }"#)
        func series(_ seed: UInt64) -> [JSONObject] {
            var generator = SplitMix64(seed: seed)
            return (0..<50).map { template.make(device: device, change: $0, using: &generator) }
        }
        #expect(series(7) == series(7))
        #expect(series(7) != series(8))
    }

    @Test("SplitMix64 gives the numbers of the reference implementation")
    func reference() {
        var generator = SplitMix64(seed: 1_234_567)
        #expect(
            (0..<5).map { _ in generator.next() } == [
                6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
                4_593_380_528_125_082_431, 16_408_922_859_458_223_821,
            ]
        )
    }

    @Test("bounded numbers are fair and below their bound")
    func bounded() {
        var generator = SplitMix64(seed: 9)
        var counts = [0, 0, 0]
        for _ in 0..<3000 { counts[Int(generator.next(below: 3))] += 1 }
        for count in counts { #expect((900...1100).contains(count)) }
        #expect(generator.next(below: 0) == 0)
        #expect(generator.next(below: 1) == 0)
        let all = RandomInteger(.min, .max)
        #expect(all?.draw(using: &generator) != nil)
        #expect(RandomInteger(2, 1) == nil)
    }

    @Test("streams of one seed differ")
    func streams() {
        var numbers: Set<UInt64> = []
        for first in 0..<10 as Range<UInt64> {
            for second in 0..<10 as Range<UInt64> {
                var generator = SplitMix64(seed: 42, stream: first, second)
                numbers.insert(generator.next())
            }
        }
        #expect(numbers.count == 100)
    }
}
