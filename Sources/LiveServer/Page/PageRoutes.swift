import IoTHub
import NIOConcurrencyHelpers
import ServiceClient

/// Gives the page's answers.
struct PageRoutes: Sendable {
    /// Messages that may wait for a reader; one who lags behind farther has to begin anew.
    static let backlog = 64

    let guardian: PageGuard
    let feed: LiveFeed
    let hub: PageHub
    let edits: RecentEdits
    /// Tells people why the hub refuses a query.
    let explain: @Sendable (ServiceClientError, String) -> String

    /// The answer to a request that the guard has let in.
    func answer(_ request: LiveRequest) async -> LiveAnswer {
        do throws(PageFailure) {
            switch (request.method, request.path) {
            case ("GET", "/api/overview"): return .json(feed.whole)
            case ("GET", "/api/events"):
                return .events(events(device: request.query["device"] == nil ? nil : try deviceID(request)))
            case ("GET", "/api/devices"):
                let table = DeviceTable(hub: try hub.current, explain: explain)
                return .json(try await table.page(search: request.query["query"] ?? "", page: request.query["page"]))
            case ("GET", "/api/twin"): return .json(try await twin(request))
            case ("PATCH", "/api/twin"): return .json(try await patch(request))
            default:
                let cookie = guardian.token.setCookie(port: request.port)
                return PageFiles.answer(path: request.path, cookie: cookie)
                    ?? .text(status: 404, "there is no such file")
            }
        } catch {
            return error.answer
        }
    }

    /// One stream for all that a page watches, since a browser has six connections to a server and no more.
    private func events(device: String?) -> AsyncStream<String> {
        let (stream, continuation) = AsyncStream<String>.makeStream(bufferingPolicy: .bufferingNewest(Self.backlog))
        let send: @Sendable (String) -> Void = { message in
            // What was dropped may have been the twin's last change.
            if case .dropped = continuation.yield(message) { continuation.finish() }
        }
        // What is to be done at the stream's end, which may come at any moment from here on; nil after it.
        let atEnd = NIOLockedValueBox<(@Sendable () -> Void)?>({})
        continuation.onTermination = { _ in atEnd.withLockedValue { $0.take() }?() }
        let key = feed.watch(send, end: { continuation.finish() })
        let watch = TwinWatch(hub: hub, edits: edits)
        let hasEnded = atEnd.withLockedValue { [feed] atEnd in
            guard atEnd != nil else { return true }
            let watching = device.map { device in Task { await watch.run(device: device, send: send) } }
            atEnd = {
                feed.leave(key)
                watching?.cancel()
            }
            return false
        }
        if hasEnded { feed.leave(key) }
        return stream
    }

    private func twin(_ request: LiveRequest) async throws(PageFailure) -> JSONObject {
        let device = try deviceID(request)
        do {
            return ["twin": .object(try await hub.current.manager.getTwin(device).json)]
        } catch {
            throw PageFailure(error, device: device)
        }
    }

    private func patch(_ request: LiveRequest) async throws(PageFailure) -> JSONObject {
        let device = try deviceID(request)
        let patch = try TwinPatch(body: request.body)
        do {
            let write: JSONObject = ["properties": ["desired": .object(patch.desired)]]
            let twin = try await hub.current.manager.updateTwin(device, patch: .object(write), etag: patch.etag)
            edits.note(device)
            return ["twin": .object(twin.json)]
        } catch {
            throw PageFailure(error, device: device)
        }
    }

    private func deviceID(_ request: LiveRequest) throws(PageFailure) -> String {
        guard let device = request.query["device"], !device.isEmpty else {
            throw PageFailure(400, "The request names no device; expected ?device=ID.")
        }
        if let problem = DeviceID.problem(with: device) {
            throw PageFailure(400, "'\(device.prefix(160))' is no device id: it \(problem).")
        }
        return device
    }
}
