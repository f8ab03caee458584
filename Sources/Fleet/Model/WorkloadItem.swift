/// One kind of change that the back end makes, over and over.
public struct WorkloadItem: Sendable {
    /// How often changes are made.
    public enum Pace: Sendable, Hashable {
        /// This many changes per second, dealt over the devices (open loop).
        case rate(perSecond: Double)
        /// One change per device in every such interval, phases spread over the devices.
        case every(Duration)
    }

    /// How often changes are made.
    public var pace: Pace
    /// What a change sets in the desired properties.
    public var desired: DesiredTemplate
    /// The devices that it goes to, as indices into the fleet's devices, ascending.
    public var devices: [Int]

    /// Creates an item.
    public init(pace: Pace, desired: DesiredTemplate, devices: [Int]) {
        self.pace = pace
        self.desired = desired
        self.devices = devices
    }
}
