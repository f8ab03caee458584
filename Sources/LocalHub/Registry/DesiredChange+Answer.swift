import IoTHub

extension DesiredChange {
    /// Whether a twin whose desired section has this version contains it already.
    func isShown(at desiredVersion: Int64) -> Bool { version <= desiredVersion }

    /// Parts changes into those that a twin contains already and those that came after it was read.
    ///
    /// Microsoft's device SDKs take the answer to a GET for the state of that moment, whatever came before: a change that
    /// is sent ahead of an older twin is lost.
    static func parted(
        _ changes: [DesiredChange],
        at desiredVersion: Int64
    ) -> (shown: [DesiredChange], news: [DesiredChange]) {
        (changes.filter { $0.isShown(at: desiredVersion) }, changes.filter { !$0.isShown(at: desiredVersion) })
    }
}
