import Testing

@testable import DeviceClient

@Suite struct DesiredTrackerTests {
    private func story(_ outcome: DesiredTracker<String>.Outcome) -> [String] {
        switch outcome {
        case .readAgain: ["read again"]
        case .caughtUp(let news): news.map { "\($0.origin) \($0.version) \($0.section)" }
        }
    }

    @Test("newer versions are notifications, others are stale")
    func live() {
        var tracker = DesiredTracker<String>()
        #expect(tracker.receive(version: 5, "a") == .notification)
        #expect(tracker.receive(version: 6, "b") == .notification)
        #expect(tracker.receive(version: 6, "b") == .stale)
        #expect(tracker.receive(version: 4, "c") == .stale)
        #expect(tracker.lastSeen == 6)
    }

    @Test("a version that the device has read itself is not news")
    func read() {
        var tracker = DesiredTracker<String>()
        tracker.saw(version: 9)
        tracker.saw(version: 3)
        #expect(tracker.receive(version: 9, "a") == .stale)
        #expect(tracker.receive(version: 10, "b") == .notification)
    }

    @Test("what was missed is told once, and notifications meanwhile after it, by their versions")
    func catchUp() {
        var tracker = DesiredTracker<String>()
        tracker.saw(version: 5)
        tracker.beginCatchUp()
        #expect(tracker.receive(version: 8, "patch 8") == nil)
        #expect(tracker.receive(version: 9, "patch 9") == nil)
        #expect(
            story(tracker.caughtUp(version: 8, "whole 8")) == [
                "catchUp 8 whole 8", "stale 8 patch 8", "notification 9 patch 9",
            ]
        )
        #expect(tracker.receive(version: 10, "patch 10") == .notification)
        #expect(story(tracker.caughtUp(version: 10, "whole 10")) == [])
    }

    @Test("nothing is told when nothing was missed")
    func nothingMissed() {
        var tracker = DesiredTracker<String>()
        tracker.saw(version: 5)
        tracker.beginCatchUp()
        #expect(story(tracker.caughtUp(version: 5, "whole 5")) == [])
        #expect(tracker.receive(version: 6, "patch") == .notification)
    }

    @Test("without a version seen before, the twin that is read after a loss is news")
    func unknownBaseline() {
        var tracker = DesiredTracker<String>()
        tracker.beginCatchUp()
        #expect(story(tracker.caughtUp(version: 3, "whole 3")) == ["catchUp 3 whole 3"])
    }

    @Test("a device made anew counts from one again")
    func recreated() {
        var tracker = DesiredTracker<String>()
        tracker.saw(version: 40)
        tracker.beginCatchUp()
        #expect(story(tracker.caughtUp(version: 1, "whole 1")) == ["catchUp 1 whole 1"])
        #expect(tracker.receive(version: 2, "patch") == .notification)
    }

    @Test("more notifications than can be held lead to another read")
    func overflow() {
        var tracker = DesiredTracker<String>(holdLimit: 2)
        tracker.saw(version: 1)
        tracker.beginCatchUp()
        for version in 2...5 { #expect(tracker.receive(version: Int64(version), "p") == nil) }
        #expect(story(tracker.caughtUp(version: 4, "whole 4")) == ["read again"])
        #expect(tracker.receive(version: 6, "patch 6") == nil)
        #expect(story(tracker.caughtUp(version: 5, "whole 5")) == ["catchUp 5 whole 5", "notification 6 patch 6"])
    }
}
