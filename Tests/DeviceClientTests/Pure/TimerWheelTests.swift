import Testing

@testable import DeviceClient

@Suite struct TimerWheelTests {
    @Test("timers fire in the order of their deadlines, those of one tick in the order of their adding")
    func order() {
        var wheel = TimerWheel<String>(slots: 8)
        _ = wheel.add("c", at: 5)
        _ = wheel.add("a", at: 2)
        _ = wheel.add("d", at: 5)
        _ = wheel.add("b", at: 3)
        #expect(wheel.advance(to: 4).map(\.payload) == ["a", "b"])
        #expect(wheel.advance(to: 5).map(\.payload) == ["c", "d"])
        #expect(wheel.count == 0)
    }

    @Test("a deadline more than a turn away waits for its turn")
    func severalTurns() {
        var wheel = TimerWheel<Int>(slots: 8)
        _ = wheel.add(1, at: 30)
        for tick in 1...29 { #expect(wheel.advance(to: UInt64(tick)).isEmpty) }
        #expect(wheel.advance(to: 30).map(\.payload) == [1])
    }

    @Test("a jump over several turns fires everything that is due, once")
    func jump() {
        var wheel = TimerWheel<UInt64>(slots: 8)
        for tick in stride(from: UInt64(40), through: 1, by: -3) { _ = wheel.add(tick, at: tick) }
        let due = wheel.advance(to: 35).map(\.payload)
        #expect(due == due.sorted())
        #expect(due.count == 12)
        #expect(wheel.count == 2)
        #expect(wheel.advance(to: 1_000_000).map(\.payload) == [37, 40])
        #expect(wheel.advance(to: 2_000_000).isEmpty)
    }

    @Test("a cancelled timer does not fire, and its ID cancels no other")
    func cancel() {
        var wheel = TimerWheel<String>(slots: 4)
        let first = wheel.add("first", at: 2)
        let second = wheel.add("second", at: 6)
        wheel.cancel(first)
        _ = wheel.add("third", at: 2)
        wheel.cancel(first)
        #expect(wheel.count == 2)
        #expect(wheel.advance(to: 3).map(\.payload) == ["third"])
        wheel.cancel(second)
        wheel.cancel(second)
        #expect(wheel.advance(to: 10).isEmpty)
        #expect(wheel.count == 0)
    }

    @Test("a deadline in the past is due at the next tick")
    func past() {
        var wheel = TimerWheel<Int>(slots: 4)
        _ = wheel.advance(to: 100)
        _ = wheel.add(1, at: 7)
        #expect(wheel.nextTick(limit: 50) == 101)
        #expect(wheel.advance(to: 101).map(\.payload) == [1])
    }

    @Test("the next tick is that of the next deadline, or the limit, or none")
    func nextTick() {
        var wheel = TimerWheel<Int>(slots: 16)
        #expect(wheel.nextTick(limit: 10) == nil)
        _ = wheel.add(1, at: 40)
        #expect(wheel.nextTick(limit: 10) == 10)
        _ = wheel.add(2, at: 6)
        #expect(wheel.nextTick(limit: 10) == 6)
        _ = wheel.advance(to: 30)
        #expect(wheel.nextTick(limit: 10) == 40)
    }

    @Test("thousands of timers come and go without loss")
    func many() {
        var wheel = TimerWheel<Int>(slots: 64)
        var generator = SystemRandomNumberGenerator()
        var expected: Set<Int> = []
        var fired: Set<Int> = []
        for number in 0..<5000 {
            let id = wheel.add(number, at: UInt64.random(in: 1...1000, using: &generator))
            if number % 3 == 0 { wheel.cancel(id) } else { expected.insert(number) }
        }
        for tick in stride(from: UInt64(7), through: 1007, by: 10) {
            for due in wheel.advance(to: tick) { #expect(fired.insert(due.payload).inserted) }
        }
        #expect(fired == expected)
        #expect(wheel.count == 0)
    }
}
