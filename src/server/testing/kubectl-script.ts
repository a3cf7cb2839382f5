// What the real kubectl is made to do, and what it has to say. Times and generated names are left open; the rest is exact.

export interface Step {
  /** The arguments; as one text where none of them has a space. */
  readonly run: string | readonly string[];
  /** 0 unless given. */
  readonly exit?: number;
  /** What it prints; nothing unless given. */
  readonly out?: string | RegExp;
  readonly err?: string | RegExp;
  readonly stdin?: string;
  readonly files?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  /** Ends a command that would go on for ever, once it has printed that. */
  readonly until?: RegExp;
}

export const WEB = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  labels: {app: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      terminationGracePeriodSeconds: 1
      containers:
      - name: nginx
        image: nginx:1.27
        ports: [{containerPort: 80}]
        resources: {requests: {cpu: 50m, memory: 32Mi}}
`;
export const DIFFERENT = WEB.replace('replicas: 2', 'replicas: 3');
const COUNTER = 'echo begun; while true; do echo "at $(date)"; sleep 1; done';
const PAIR = `apiVersion: v1
kind: Pod
metadata: {name: pair}
spec:
  terminationGracePeriodSeconds: 1
  containers:
  - {name: left, image: "busybox:1.36", command: [sh, -c, "echo from the left; sleep 3600"]}
  - {name: right, image: "busybox:1.36", command: [sh, -c, "echo from the right; sleep 3600"]}
`;
const CRASHING = `apiVersion: v1
kind: Pod
metadata: {name: crashing}
spec:
  containers: [{name: main, image: "busybox:1.36", command: [sh, -c, "echo giving up; exit 7"]}]
`;
const SETTINGS = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: shared}\ndata: {colour: blue}\n';
const CUSTOM = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: boats.harbour.example}
spec:
  group: harbour.example
  names: {kind: Boat, plural: boats, singular: boat}
  scope: Namespaced
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        properties: {spec: {type: object, properties: {sails: {type: integer, maximum: 5}}}}
    additionalPrinterColumns: [{name: Sails, type: integer, jsonPath: .spec.sails}]
`;

/** `openssl req -new -newkey ed25519 -nodes -subj /CN=anna`, in base64. */
const REQUEST = 'LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlHT01FSUNBUUF3RHpFTk1Bc0dBMVVFQXd3RVlXNXVZVEFxTUFVR0F5dGxjQU1oQUpvYmc4bmg2cFRpRkV5RAo3YWtjWEFFUzZHTk51YVRWTkFMYkNuaEE4YWRpb0FBd0JRWURLMlZ3QTBFQXNOYUp1cU95eE8rMEt0WFlNMlJFCkR6dEZZUVIvbzZxMlYvdFBZU0JsdVZRZkJwOFNWcXYrZVFYNlN3UUYrcTBvb0hwaFhtVWFXT09XSE9kVFR6Z3IKRFE9PQotLS0tLUVORCBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0K';
const CERTIFICATE = `apiVersion: certificates.k8s.io/v1
kind: CertificateSigningRequest
metadata: {name: anna}
spec: {request: ${REQUEST}, signerName: kubernetes.io/kube-apiserver-client, usages: [client auth], expirationSeconds: 86400}
`;

const clusterAndDiscovery: readonly Step[] = [
  { run: 'version', out: /^Client Version: v1\.\d+\.\d+\nKustomize Version: v\S+\nServer Version: v1\.36\.2\n$/, err: /^(WARNING: version difference .*\n)?$/ },
  { run: 'cluster-info', out: /Kubernetes control plane\S* is running at \S*http:\/\/127\.0\.0\.1:\d+/ },
  { run: 'api-versions', out: /^admissionregistration\.k8s\.io\/v1\n[^]*apps\/v1\n[^]*\nv1\n$/ },
  { run: 'api-resources --api-group=apps', out: /^NAME +SHORTNAMES +APIVERSION +NAMESPACED +KIND\ncontrollerrevisions +apps\/v1 +true +ControllerRevision\ndaemonsets +ds +apps\/v1 +true +DaemonSet\ndeployments +deploy/ },
  { run: 'get --raw /readyz', out: 'ok' },
  { run: 'config current-context', out: 'world\n' },
  { run: 'config set-context other --cluster=world --user=admin --namespace=kube-system', out: 'Context "other" created.\n' },
  { run: 'config get-contexts -o name', out: 'other\nworld\n' },
  { run: 'config view --minify -o jsonpath={.contexts[0].name}', out: 'world' },
  { run: 'explain deployment.spec.replicas', out: /^GROUP: +apps\nKIND: +Deployment\nVERSION: +v1\n\nFIELD: replicas <integer>\n\n\nDESCRIPTION:\n +Number of desired pods\./ },
  { run: 'explain pod.spec.restartPolicy', out: /FIELD: restartPolicy <string>\nENUM:\n +Always\n +Never\n +OnFailure\n/ },
  { run: 'explain service.spec --recursive', out: /FIELDS:\n +allocateLoadBalancerNodePorts\t<boolean>\n +clusterIP\t<string>\n +clusterIPs\t<\[\]string>/ },
  { run: 'explain job.spec.backoffLimit --output=plaintext-openapiv2', out: /FIELD: +backoffLimit <integer>/ },
  { run: 'explain rocket', exit: 1, err: 'the server doesn\'t have a resource type "rocket"\n' },
];

const applyAndRead: readonly Step[] = [
  { run: 'get nodes', out: /^NAME +STATUS +ROLES +AGE +VERSION\nnode-1 +Ready +<none> +\S+ +v1\.36\.2\nnode-2 +Ready/ },
  { run: 'diff -f web.yaml', exit: 1, out: /\+\+\+ \S+apps\.v1\.Deployment\.default\.web[^]*\+  replicas: 2/ },
  { run: 'apply -f web.yaml --dry-run=server', out: 'deployment.apps/web created (server dry run)\n' },
  { run: 'apply -f web.yaml', out: 'deployment.apps/web created\n' },
  { run: 'rollout status deployment/web', out: /deployment "web" successfully rolled out\n$/ },
  { run: 'apply -f web.yaml', out: 'deployment.apps/web unchanged\n' },
  { run: 'diff -f web.yaml' },
  { run: 'apply -f different.yaml', out: 'deployment.apps/web configured\n' },
  { run: 'wait --for=jsonpath={.status.readyReplicas}=3 deployment/web', out: 'deployment.apps/web condition met\n' },
  { run: 'apply view-last-applied deployment/web', out: /replicas: 3/ },
  { run: 'get deployment web', out: /^NAME +READY +UP-TO-DATE +AVAILABLE +AGE\nweb +3\/3 +3 +3 +\d+s\n$/ },
  { run: 'get pods -l app=web -o wide', out: /^NAME +READY +STATUS +RESTARTS +AGE +IP +NODE +NOMINATED NODE +READINESS GATES\n(web-\S+ +1\/1 +Running +0 +\d+s +10\.244\.\d+\.\d+ +node-\d +<none> +<none>\n){3}$/ },
  { run: 'get pods -l app=nothing', err: 'No resources found in default namespace.\n' },
  { run: 'get pods --field-selector=status.phase=Running -o name', out: /^(pod\/web-\S+\n){3}$/ },
  { run: 'get deployment web -o yaml', out: /^apiVersion: apps\/v1\nkind: Deployment\nmetadata:\n  annotations:\n    deployment\.kubernetes\.io\/revision: "1"\n/ },
  { run: 'get deployment web -o json', out: /^\{\n    "apiVersion": "apps\/v1",\n    "kind": "Deployment",/ },
  { run: ['get', 'deployment', 'web', '-o', 'jsonpath={.spec.template.spec.containers[0].image} {.status.replicas}'], out: 'nginx:1.27 3' },
  { run: 'get deployments -o custom-columns=NAME:.metadata.name,IMAGE:.spec.template.spec.containers[*].image', out: 'NAME   IMAGE\nweb    nginx:1.27\n' },
  { run: ['get', 'pods', '-o', 'go-template={{range .items}}{{.status.phase}} {{end}}'], out: 'Running Running Running ' },
  { run: 'get pods --watch', until: /(web-.*\n){3}/, out: /^NAME +READY +STATUS +RESTARTS +AGE\n(web-\S+ +1\/1 +Running +0 +\d+s\n){3}$/ },
  { run: 'get all', out: /^NAME +READY[^]*pod\/web-[^]*service\/kubernetes[^]*deployment\.apps\/web[^]*replicaset\.apps\/web-/ },
  { run: 'get pods no-such-pod', exit: 1, err: 'Error from server (NotFound): pods "no-such-pod" not found\n' },
  { run: 'get rockets', exit: 1, err: 'error: the server doesn\'t have a resource type "rockets"\n' },
  { run: 'describe deployment web', out: /^Name: +web\nNamespace: +default\n[^]*Replicas: +3 desired \| 3 updated \| 3 total \| 3 available \| 0 unavailable\n[^]*Scaled up replica set web-\S+ from 0 to 2\n/ },
  { run: 'describe node node-1', out: /^Name: +node-1\n[^]*Non-terminated Pods:[^]*Allocated resources:/ },
  { run: 'events --for deployment/web', out: /^LAST SEEN +TYPE +REASON +OBJECT +MESSAGE\n[^]*Normal +ScalingReplicaSet +Deployment\/web +Scaled up replica set/ },
];

const change: readonly Step[] = [
  { run: 'scale deployment/web --replicas=2', out: 'deployment.apps/web scaled\n' },
  { run: 'scale deployment/web --current-replicas=5 --replicas=1', exit: 1, err: 'error: Expected replicas to be 5, was 2\n' },
  { run: 'label deployment/web tier=front', out: 'deployment.apps/web labeled\n' },
  { run: 'label deployment/web tier=back', exit: 1, err: "error: 'tier' already has a value (front), and --overwrite is false\n" },
  { run: 'label deployment/web tier-', out: 'deployment.apps/web unlabeled\n' },
  { run: 'annotate deployment/web kubernetes.io/change-cause=first', out: 'deployment.apps/web annotated\n' },
  { run: 'set image deployment/web nginx=nginx:1.28', out: 'deployment.apps/web image updated\n' },
  { run: 'annotate deployment/web kubernetes.io/change-cause=second --overwrite', out: 'deployment.apps/web annotated\n' },
  { run: 'rollout status deployment/web', out: /successfully rolled out\n$/ },
  { run: 'rollout history deployment/web', out: 'deployment.apps/web \nREVISION  CHANGE-CAUSE\n1         first\n2         second\n\n' },
  { run: 'rollout history deployment/web --revision=2', out: /^deployment\.apps\/web with revision #2\nPod Template:\n[^]*Image:\s+nginx:1\.28\n/ },
  { run: 'rollout undo deployment/web', out: 'deployment.apps/web rolled back\n', err: /^(Warning: .*\n)?$/ },
  { run: 'rollout status deployment/web', out: /successfully rolled out\n$/ },
  { run: 'get deployment web -o jsonpath={.spec.template.spec.containers[0].image}', out: 'nginx:1.27' },
  { run: 'rollout pause deployment/web', out: 'deployment.apps/web paused\n' },
  { run: 'rollout restart deployment/web', exit: 1, err: 'error: deployments.apps "web" can\'t restart paused deployment (run rollout resume first)\n' },
  { run: 'rollout resume deployment/web', out: 'deployment.apps/web resumed\n' },
  { run: 'rollout restart deployment/web', out: 'deployment.apps/web restarted\n' },
  { run: 'rollout status deployment/web --timeout=90s', out: /successfully rolled out\n$/ },
  { run: ['patch', 'deployment', 'web', '-p', '{"spec":{"template":{"spec":{"containers":[{"name":"nginx","env":[{"name":"A","value":"1"}]}]}}}}'], out: 'deployment.apps/web patched\n' },
  { run: ['patch', 'deployment', 'web', '--type=merge', '-p', '{"metadata":{"labels":{"by":"merge"}}}'], out: 'deployment.apps/web patched\n' },
  { run: ['patch', 'deployment', 'web', '--type=json', '-p', '[{"op":"replace","path":"/spec/revisionHistoryLimit","value":4}]'], out: 'deployment.apps/web patched\n' },
  { run: ['patch', 'deployment', 'web', '--type=json', '-p', '[{"op":"remove","path":"/spec/nothing"}]'], exit: 1, err: 'The request is invalid: the server rejected our request due to an error in our request\n' },
  { run: 'get deployment web -o jsonpath={.metadata.labels.by},{.spec.revisionHistoryLimit},{.spec.template.spec.containers[0].env[0].name}', out: 'merge,4,A' },
  { run: 'edit deployment web', env: { KUBE_EDITOR: 'sed -i s/revisionHistoryLimit:.4/revisionHistoryLimit:\\ 7/' }, out: 'deployment.apps/web edited\n' },
  { run: 'edit deployment web', env: { KUBE_EDITOR: 'true' }, out: /^(Edit cancelled, no changes made\.\n)?$/, err: /^(Edit cancelled, no changes made\.\n)?$/ },
  { run: 'expose deployment web --port=80', out: 'service/web exposed\n' },
  { run: 'autoscale deployment web --min=1 --max=4 --cpu-percent=80', out: 'horizontalpodautoscaler.autoscaling/web autoscaled\n', err: /^(Flag --cpu-percent has been deprecated, .*\n)?$/ },
  { run: 'get service,hpa web', out: /service\/web +ClusterIP +10\.96\.\d+\.\d+ +<none> +80\/TCP[^]*horizontalpodautoscaler\.autoscaling\/web +Deployment\/web +cpu: <unknown>\/80% +1 +4/ },
  { run: 'delete hpa web', out: /^horizontalpodautoscaler\.autoscaling "web" deleted/ },
];

const generators: readonly Step[] = [
  { run: 'create namespace made', out: 'namespace/made created\n' },
  { run: 'create namespace Made', exit: 1, err: /^The Namespace "Made" is invalid: metadata\.name: Invalid value: "Made": a lowercase RFC 1123 label must consist of/ },
  { run: 'create configmap settings --from-literal=a=1 -n made', out: 'configmap/settings created\n' },
  { run: 'create configmap settings --from-literal=a=1 -n made', exit: 1, err: 'error: failed to create configmap: configmaps "settings" already exists\n' },
  { run: 'create secret generic keys --from-literal=p=hush -n made', out: 'secret/keys created\n' },
  { run: 'create serviceaccount robot -n made', out: 'serviceaccount/robot created\n' },
  { run: 'create token robot -n made', out: /^[\w-]+\.[\w-]+\.[\w-]+$/ },
  { run: 'create role reader --verb=get,list --resource=pods,configmaps -n made', out: 'role.rbac.authorization.k8s.io/reader created\n' },
  { run: 'create rolebinding readers --role=reader --serviceaccount=made:robot --user=anna -n made', out: 'rolebinding.rbac.authorization.k8s.io/readers created\n' },
  { run: 'create quota few --hard=pods=5 -n made', out: 'resourcequota/few created\n' },
  { run: 'create poddisruptionbudget keep --selector=app=web --min-available=1 -n made', out: 'poddisruptionbudget.policy/keep created\n' },
  { run: 'create priorityclass urgent --value=500', out: 'priorityclass.scheduling.k8s.io/urgent created\n' },
  { run: ['create', 'job', 'once', '--image=busybox:1.36', '-n', 'made', '--', 'echo', 'done'], out: 'job.batch/once created\n' },
  { run: ['create', 'cronjob', 'often', '--image=busybox:1.36', '--schedule=*/5 * * * *', '-n', 'made', '--', 'date'], out: 'cronjob.batch/often created\n' },
  { run: 'create service clusterip inside --tcp=80:8080 -n made', out: 'service/inside created\n' },
  { run: 'create ingress gate --rule=shop.example/*=web:80 -n made', out: 'ingress.networking.k8s.io/gate created\n' },
  { run: 'wait --for=condition=Complete job/once -n made --timeout=60s', out: 'job.batch/once condition met\n' },
  { run: 'logs job/once -n made', out: 'done\n' },
  { run: 'get cm,secret,sa,role,quota,pdb,cronjob,svc,ingress -n made -o name', out: /configmap\/settings\nsecret\/keys\nserviceaccount\/default\nserviceaccount\/robot\nrole\.rbac[^]*ingress\.networking\.k8s\.io\/gate\n$/ },
  { run: 'apply -f -', stdin: CERTIFICATE, out: 'certificatesigningrequest.certificates.k8s.io/anna created\n' },
  { run: 'get csr', out: /^NAME +AGE +SIGNERNAME +REQUESTOR +REQUESTEDDURATION +CONDITION\nanna +\d+s +kubernetes\.io\/kube-apiserver-client +kubernetes-admin +24h +Pending\n$/ },
  { run: 'certificate approve anna', out: 'certificatesigningrequest.certificates.k8s.io/anna approved\n' },
  { run: 'certificate deny anna', exit: 1, err: 'error: certificate signing request "anna" is already Approved\n' },
  { run: 'auth whoami', out: /^ATTRIBUTE +VALUE\nUsername +kubernetes-admin\nGroups +\[system:masters system:authenticated\]\n$/ },
  { run: 'auth can-i create deployments', out: 'yes\n' },
  { run: 'auth can-i list pods -n made --as=anna', out: 'yes\n' },
  { run: 'auth can-i delete pods -n made --as=anna', exit: 1, out: 'no\n' },
  { run: 'get secrets -n made --as=anna', exit: 1, err: 'Error from server (Forbidden): secrets is forbidden: User "anna" cannot list resource "secrets" in API group "" in the namespace "made"\n' },
  { run: 'auth can-i --list -n made --as=system:serviceaccount:made:robot', out: /configmaps +\[\] +\[\] +\[get list\]/ },
];

const nodesAndPods: readonly Step[] = [
  { run: ['run', 'counter', '--image=busybox:1.36', '--restart=Never', '--overrides={"spec":{"terminationGracePeriodSeconds":1}}', '--command', '--', 'sh', '-c', COUNTER], out: 'pod/counter created\n' },
  { run: 'wait --for=condition=Ready pod/counter', out: 'pod/counter condition met\n' },
  { run: 'logs counter', out: /^begun\n(at \w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d UTC \d{4}\n)+$/ },
  { run: 'logs --follow --tail=1 counter', until: /(at .*\n){3}/, out: /^(at .*UTC \d{4}\n){3,4}$/ },
  { run: 'logs counter --previous', exit: 1, err: 'Error from server (BadRequest): previous terminated container "counter" in pod "counter" not found\n' },
  { run: 'apply -f pair.yaml -f crashing.yaml', files: { 'pair.yaml': PAIR, 'crashing.yaml': CRASHING }, out: 'pod/pair created\npod/crashing created\n' },
  { run: 'wait --for=condition=Ready pod/pair', out: 'pod/pair condition met\n' },
  { run: 'logs pair -c right', out: 'from the right\n' },
  { run: 'logs pair --all-containers --prefix', out: /^(\[pod\/pair\/(left|right)\] from the (left|right)\n){2}$/ },
  { run: 'logs pair -c middle', exit: 1, err: /^error: container middle is not valid for pod pair( out of: left, right)?\n$/ },
  { run: 'wait --for=jsonpath={.status.containerStatuses[0].restartCount}=1 pod/crashing', out: 'pod/crashing condition met\n' },
  { run: 'logs crashing --previous', out: 'giving up\n' },
  { run: 'exec counter -- echo hello', out: 'hello\n' },
  { run: ['exec', 'pair', '-c', 'left', '--', 'sh', '-c', 'echo in && exit 4'], exit: 4, out: 'in\n', err: 'command terminated with exit code 4\n' },
  { run: 'exec nobody -- date', exit: 1, err: 'Error from server (NotFound): pods "nobody" not found\n' },
  { run: 'exec -i counter -- cat', stdin: 'one\ntwo 舵\n', out: 'one\ntwo 舵\n' },
  { run: ['exec', '-i', 'counter', '--', 'sh', '-c', 'sort | tr a-z A-Z > /tmp/sorted; wc -l < /tmp/sorted'], stdin: 'b\na\n', out: '2\n' },
  { run: 'exec counter -- cat /tmp/sorted', out: 'A\nB\n' },
  { run: ['exec', 'counter', '--', 'sh', '-c', 'echo heard; echo complaint >&2'], out: 'heard\n', err: 'complaint\n' },
  { run: 'exec -i counter -- sh', stdin: 'cd /tmp\npwd\nls\nhostname\nnonsense\nexit 4\n', exit: 4, out: '/tmp\nsorted\ncounter\n', err: 'sh: nonsense: not found\ncommand terminated with exit code 4\n' },
  { run: ['exec', 'counter', '--', 'sh', '-c', 'while true; do echo now; sleep 1; done'], until: /(now\n){2}/, out: 'now\nnow\n' },
  { run: 'attach counter', until: /(at .*\n){2}/, out: /^(at .*UTC \d{4}\n){2}/, err: /./ },
  { run: 'logs counter --tail=1 --timestamps', out: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z at .*\n$/ },
  { run: 'logs counter --since=2s', out: /^(at .*\n){1,3}$/ },
  { run: 'cp web.yaml counter:/tmp/web.yaml' },
  { run: 'exec counter -- cat /tmp/web.yaml', out: WEB },
  { run: 'cp counter:/tmp/web.yaml back.yaml' },
  { run: 'create -f back.yaml --dry-run=client -o name', out: 'deployment.apps/web\n' },
  { run: 'cp counter:/tmp/none none', exit: 1, out: 'tar: /tmp/none: No such file or directory\ntar: error exit delayed from previous errors\n', err: 'command terminated with exit code 1\n' },
  { run: 'cp counter:/etc/passwd passwd', exit: 1, out: 'tar: /etc/passwd: Wheelhouse does not simulate the files of an image\n', err: 'command terminated with exit code 1\n' },
  { run: ['run', 'once', '--rm', '-i', '--restart=Never', '--image=busybox:1.36'], stdin: 'echo in the pod $HOSTNAME\nexit 5\n', exit: 5, out: /^in the pod once\npod "once" deleted.*\n$/, err: /pod default\/once terminated \(Error\)\n$/ },
  { run: ['run', 'bare', '--image=traefik/whoami:v1.11'], out: 'pod/bare created\n' },
  { run: 'wait --for=condition=Ready pod/bare', out: 'pod/bare condition met\n' },
  { run: 'exec bare -- sh', exit: 1, err: /exec: "sh": executable file not found in \$PATH/ },
  { run: 'delete pod bare --now', out: /^pod "bare" deleted/ },
  { run: 'debug counter --image=busybox:1.36 --target=counter --quiet', err: /^(--profile=legacy is deprecated .*\n)?$/ },
  { run: 'get pod counter -o jsonpath={.spec.ephemeralContainers[0].image}', out: 'busybox:1.36' },
  { run: 'top nodes', exit: 1, err: 'error: Metrics API not available\n' },
  { run: 'taint nodes node-2 tide=high:NoSchedule', out: 'node/node-2 tainted\n' },
  { run: 'taint nodes node-2 tide-', out: 'node/node-2 untainted\n' },
  { run: 'cordon node-1', out: 'node/node-1 cordoned\n' },
  { run: 'get node node-1', out: /^NAME[^]*node-1 +Ready,SchedulingDisabled/ },
  { run: 'uncordon node-1', out: 'node/node-1 uncordoned\n' },
  { run: 'delete pod counter crashing --wait', out: /^pod "counter" deleted[^]*pod "crashing" deleted/ },
  { run: 'drain node-1 node-2 node-3', exit: 1, out: /^node\/node-1 cordoned\nnode\/node-2 cordoned\nnode\/node-3 cordoned\n/, err: /cannot delete .*\(use --force to override\): default\/pair/ },
  { run: 'drain node-1 --force --timeout=90s', out: /node\/node-1 (already cordoned[^]*)?[^]*node\/node-1 drained\n$/, err: /^(Warning: deleting Pods that declare no controller: default\/pair\n)?$/ },
  { run: 'uncordon node-1 node-2 node-3', out: 'node/node-1 uncordoned\nnode/node-2 uncordoned\nnode/node-3 uncordoned\n' },
];

const serverSideAndCustom: readonly Step[] = [
  { run: 'apply --server-side -f shared.yaml', files: { 'shared.yaml': SETTINGS }, out: 'configmap/shared serverside-applied\n' },
  { run: 'apply --server-side --field-manager=other -f other.yaml', files: { 'other.yaml': SETTINGS.replace('blue', 'red') }, exit: 1, err: /^error: Apply failed with 1 conflict: conflict with "kubectl": \.data\.colour\n/ },
  { run: 'apply --server-side --field-manager=other --force-conflicts -f other.yaml', out: 'configmap/shared serverside-applied\n' },
  { run: 'get configmap shared -o yaml --show-managed-fields', out: /data:\n  colour: red\n[^]*manager: other\n    operation: Apply\n/ },
  { run: 'apply -f -', stdin: 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: typo}\ndta: {a: b}\n', exit: 1, err: 'Error from server (BadRequest): error when creating "STDIN": ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: unknown field "dta"\n' },
  { run: 'apply -f -', stdin: 'apiVersion: v1\nkind: Pod\nmetadata: {name: empty}\nspec: {containers: []}\n', exit: 1, err: 'The Pod "empty" is invalid: spec.containers: Required value\n' },
  { run: 'apply -f -', stdin: 'apiVersion: example.org/v1\nkind: Rocket\nmetadata: {name: x}\n', exit: 1, err: /no matches for kind "Rocket" in version "example\.org\/v1"\nensure CRDs are installed first\n$/ },
  { run: 'apply -f boats.yaml', files: { 'boats.yaml': CUSTOM }, out: 'customresourcedefinition.apiextensions.k8s.io/boats.harbour.example created\n' },
  { run: 'wait --for=condition=Established crd/boats.harbour.example', out: 'customresourcedefinition.apiextensions.k8s.io/boats.harbour.example condition met\n' },
  { run: 'apply -f -', stdin: 'apiVersion: harbour.example/v1\nkind: Boat\nmetadata: {name: sloop}\nspec: {sails: 2}\n', out: 'boat.harbour.example/sloop created\n' },
  { run: 'apply -f -', stdin: 'apiVersion: harbour.example/v1\nkind: Boat\nmetadata: {name: barque}\nspec: {sails: 9}\n', exit: 1, err: /^The Boat "barque" is invalid: spec\.sails: Invalid value: 9: spec\.sails in body should be less than or equal to 5\n$/ },
  { run: 'get boats', out: 'NAME    SAILS\nsloop   2\n' },
];

const deletion: readonly Step[] = [
  { run: 'delete -f boats.yaml', out: /^customresourcedefinition\.apiextensions\.k8s\.io "boats\.harbour\.example" deleted\n$/ },
  { run: 'delete deployment web --cascade=orphan', out: /^deployment\.apps "web" deleted/ },
  { run: 'get replicasets -l app=web -o name', out: /^(replicaset\.apps\/web-\S+\n)+$/ },
  { run: 'delete replicasets -l app=web --cascade=foreground', out: /^(replicaset\.apps "web-\S+" deleted.*\n)+$/ },
  { run: 'get pods -l app=web', err: 'No resources found in default namespace.\n' },
  { run: 'delete deployment web', exit: 1, err: 'Error from server (NotFound): deployments.apps "web" not found\n' },
  { run: 'delete deployment web --ignore-not-found' },
  { run: 'delete configmap shared --dry-run=client', out: /^configmap "shared" deleted.*\(dry run\)\n$/ },
  { run: 'delete namespace made --timeout=90s', out: 'namespace "made" deleted\n' },
  { run: 'get all -n made', err: 'No resources found in made namespace.\n' },
];

export const script: readonly Step[] = [...clusterAndDiscovery, ...applyAndRead, ...change, ...generators, ...nodesAndPods, ...serverSideAndCustom, ...deletion];
