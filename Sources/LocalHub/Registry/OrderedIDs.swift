/// The ids of all devices in ascending order, for listings and queries that go on where they stopped.
///
/// A sorted array in pieces: an id goes in or out at the cost of moving a part of one piece, and what follows an id is
/// found by two binary searches.
struct OrderedIDs: Sendable {
    /// Ids in a piece; a fuller one is split into two.
    private static let largestPiece = 512

    /// Each is in ascending order and not empty; the pieces are in ascending order too.
    private var pieces: [[String]] = []
    /// How many ids there are.
    private(set) var count = 0

    /// Takes an id in; one that is there already stays.
    mutating func insert(_ id: String) {
        guard !pieces.isEmpty else {
            pieces = [[id]]
            count = 1
            return
        }
        let piece = pieceThatMayHold(id)
        let place = Self.firstIndex(in: pieces[piece]) { $0 >= id }
        if place < pieces[piece].count, pieces[piece][place] == id { return }
        pieces[piece].insert(id, at: place)
        count += 1
        if pieces[piece].count > Self.largestPiece {
            let half = pieces[piece].count / 2
            let upper = Array(pieces[piece][half...])
            pieces[piece].removeSubrange(half...)
            pieces.insert(upper, at: piece + 1)
        }
    }

    /// Takes an id out, if it is there.
    mutating func remove(_ id: String) {
        guard !pieces.isEmpty else { return }
        let piece = pieceThatMayHold(id)
        let place = Self.firstIndex(in: pieces[piece]) { $0 >= id }
        guard place < pieces[piece].count, pieces[piece][place] == id else { return }
        pieces[piece].remove(at: place)
        count -= 1
        if pieces[piece].isEmpty { pieces.remove(at: piece) }
    }

    /// The ids that follow another one, which need not be there itself; from the first one on for nil.
    func next(after id: String?, limit: Int) -> [String] {
        guard limit > 0, !pieces.isEmpty else { return [] }
        var piece = 0
        var place = 0
        if let id {
            piece = pieceThatMayHold(id)
            place = Self.firstIndex(in: pieces[piece]) { $0 > id }
        }
        var ids: [String] = []
        while piece < pieces.count, ids.count < limit {
            ids.append(contentsOf: pieces[piece][place...].prefix(limit - ids.count))
            piece += 1
            place = 0
        }
        return ids
    }

    /// The last piece that begins at or before an id; the first one when all begin after it.
    private func pieceThatMayHold(_ id: String) -> Int {
        max(Self.firstIndex(in: pieces) { ($0.first ?? "") > id } - 1, 0)
    }

    /// Where a predicate turns true in an array in which it is false first and true then.
    private static func firstIndex<Element>(in array: [Element], _ isReached: (Element) -> Bool) -> Int {
        var low = 0
        var high = array.count
        while low < high {
            let middle = low + (high - low) / 2
            if isReached(array[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
