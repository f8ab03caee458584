/// Works on many items, some at a time, and gives the results in the items' order.
/// - Parameters:
///   - items: what to work on.
///   - width: how many at a time, at least 1.
///   - work: the work on one item.
/// - Returns: one result per item.
func inOrder<Item: Sendable, Result: Sendable>(
    _ items: [Item],
    width: Int,
    _ work: @escaping @Sendable (Item) async -> Result
) async -> [Result] {
    await withTaskGroup(of: (Int, Result).self) { group in
        var results = [Result?](repeating: nil, count: items.count)
        var next = 0
        func start() {
            guard next < items.count else { return }
            let (index, item) = (next, items[next])
            next += 1
            group.addTask { (index, await work(item)) }
        }
        for _ in 0..<max(width, 1) { start() }
        for await (index, result) in group {
            results[index] = result
            start()
        }
        return results.compactMap { $0 }
    }
}
