export default {
  firstDeployment: { title: 'First Deployment', watch: 'One object is applied; a ReplicaSet and three pods follow. Count who writes to the API server.' },
  rollingUpdate: { title: 'Rolling update', watch: 'Apply it, then change the image tag and apply again: new pods come up before old ones go.' },
  badImage: { title: 'An image that does not exist', watch: 'The pod is scheduled, the pull fails, and the kubelet waits longer before each new try.' },
  crashLoop: { title: 'A container that keeps crashing', watch: 'It starts, exits, and is restarted after 10, 20, 40 seconds and so on, up to five minutes.' },
  volumeClaim: { title: 'A volume for data', watch: 'The claim waits until a pod needs it. Then a volume is made, bound, attached and mounted.' },
  configMap: { title: 'Configuration from outside', watch: 'The same ConfigMap arrives twice: as environment variables and as files.' },
  initAndSidecar: { title: 'Init container and sidecar', watch: 'The order: first init to the end, then the sidecar up, then the main container.' },
  taints: { title: 'Taints and tolerations', watch: 'One pod may run on a tainted node, the other may not. The scheduler says which node refused which pod.' },
  tooLarge: { title: 'Too large for any node', watch: 'No node has the room. The pod stays Pending and the scheduler counts the reasons.' },
  probes: { title: 'Ready or not', watch: 'Running is not Ready: the Service sends nothing to a pod before its readiness probe succeeds.' },
  customResource: { title: 'A kind of your own', watch: 'Apply it twice: first the API server learns a new kind with its schema, rule and columns, then it keeps an object of it.' },
};
