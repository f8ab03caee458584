import IoTHub
import NIOConcurrencyHelpers
import Testing

@testable import LiveServer

@Suite("The feed of overviews", .timeLimit(.minutes(1)))
struct LiveFeedTests {
    private let time = NIOLockedValueBox<Int64>(0)
    private let got = NIOLockedValueBox<[JSON]>([])

    private func overview(_ delivered: Int) -> LiveOverview {
        var overview = LiveOverview(source: .run, title: "t", hubHostName: "h", startedEpochMicroseconds: 0)
        overview.rates = [.init("delivered", perSecond: delivered, total: delivered)]
        return overview
    }

    private func makeFeed() -> LiveFeed { LiveFeed(now: { [time] in time.withLockedValue { $0 } }) }

    private func watch(_ feed: LiveFeed) -> Int {
        feed.watch(
            { [got] message in
                guard let json = try? JSON(parsing: message) else { return }
                got.withLockedValue { $0.append(json) }
            },
            end: {}
        )
    }

    private var messages: [JSON] { got.withLockedValue { $0 } }

    @Test("who comes late gets the latest and the history first, then each new overview until it leaves")
    func watching() throws {
        let feed = makeFeed()
        feed.publish(overview(1))
        time.withLockedValue { $0 = 1_000_000 }
        feed.publish(overview(2))
        let key = watch(feed)
        let first = try #require(messages.first)
        #expect(first["history"]?.arrayValue?.count == 2)
        #expect(first["overview"]?["rates"]?.arrayValue?.first?["total"] == 2)
        feed.publish(overview(3))
        try #require(messages.count == 2)
        #expect(messages[1]["history"] == nil)
        #expect(messages[1]["overview"]?["rates"]?.arrayValue?.first?["perSecond"] == 3)
        feed.leave(key)
        feed.publish(overview(4))
        #expect(messages.count == 2)
    }

    @Test("the history is that of the last five minutes")
    func history() {
        let feed = makeFeed()
        for second in 0..<400 {
            time.withLockedValue { $0 = Int64(second) * 1_000_000 }
            feed.publish(overview(second))
        }
        let history = feed.whole["history"]?.arrayValue
        #expect(history?.count == 300)
        #expect(history?.first?["time"] == 100_000_000)
        #expect(history?.last?["rates"]?.arrayValue?.first?["perSecond"] == 399)
    }

    @Test("the history has an end also when overviews come all at once")
    func burst() {
        let feed = makeFeed()
        for number in 0..<1000 { feed.publish(overview(number)) }
        let history = feed.whole["history"]?.arrayValue
        #expect(history?.count == 310)
        #expect(history?.last?["rates"]?.arrayValue?.first?["perSecond"] == 999)
    }

    @Test("who comes while overviews are published misses none, also not the last")
    func joining() async throws {
        for _ in 0..<50 {
            let feed = makeFeed()
            let totals = NIOLockedValueBox<[Int64]>([])
            await withTaskGroup { group in
                group.addTask { [self] in for number in 1...20 { feed.publish(overview(number)) } }
                group.addTask {
                    _ = feed.watch(
                        { message in
                            let json = try? JSON(parsing: message)
                            let total = json?["overview"]?["rates"]?.arrayValue?.first?["total"]?.integerValue
                            totals.withLockedValue { $0.append(total ?? 0) }
                        },
                        end: {}
                    )
                }
            }
            let seen = totals.withLockedValue { $0 }
            let first = try #require(seen.first)
            #expect(seen == Array(first...20))
        }
    }

    @Test("without an overview there is none to show")
    func empty() {
        let feed = makeFeed()
        #expect(feed.whole["overview"] == .null)
        #expect(feed.whole["history"] == [])
    }

    @Test("at the end all watchers are told, also those that come later")
    func end() {
        let feed = makeFeed()
        let ended = NIOLockedValueBox(0)
        _ = feed.watch({ _ in }, end: { ended.withLockedValue { $0 += 1 } })
        feed.end()
        #expect(ended.withLockedValue { $0 } == 1)
        _ = feed.watch({ _ in }, end: { ended.withLockedValue { $0 += 1 } })
        #expect(ended.withLockedValue { $0 } == 2)
    }
}
