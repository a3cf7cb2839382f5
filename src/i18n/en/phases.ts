export default {
  Pending: 'Pending',
  Creating: 'Creating',
  Running: 'Running',
  Succeeded: 'Succeeded',
  Failed: 'Failed',
  Terminating: 'Terminating',
  Unknown: 'Unknown',
  explain: {
    Pending: 'Accepted by the API server, waiting for a node',
    Creating: 'On a node; volumes, network and images are being prepared',
    Running: 'At least one container is running',
    Succeeded: 'Every container ended with exit code 0',
    Failed: 'A container ended with an error and will not be restarted',
    Terminating: 'Asked to stop; its grace period is running',
    Unknown: 'Its node has stopped reporting',
  },
};
