import Foundation

/// A thread with 2 MiB of stack, a quarter of what threads have on Linux.
///
/// A debug build, in which a level of parentheses takes about 11 KiB, needs half of it; a release build far less.
enum SmallStack {
    static func run<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value {
        await withCheckedContinuation { continuation in
            let thread = Thread { continuation.resume(returning: body()) }
            thread.stackSize = 2 * 1024 * 1024
            thread.start()
        }
    }
}
