export default {
  firstDeployment: { title: '第一个 Deployment', watch: '只应用一个对象，随后出现一个 ReplicaSet 和三个 Pod。数一数有谁写过 API server。' },
  rollingUpdate: { title: '滚动更新', watch: '应用之后改一下镜像标签，再应用一次：新 Pod 就绪之后，旧 Pod 才离开。' },
  badImage: { title: '不存在的镜像', watch: 'Pod 已被调度，但拉取失败；kubelet 每次重试前等待的时间越来越长。' },
  crashLoop: { title: '不断崩溃的容器', watch: '启动、退出、再重启，间隔 10、20、40 秒依次加倍，最长五分钟。' },
  volumeClaim: { title: '给数据一个卷', watch: '声明会一直等到有 Pod 要用它；这时才创建卷、绑定、挂接并挂载。' },
  configMap: { title: '来自外部的配置', watch: '同一个 ConfigMap 送达两次：一次作为环境变量，一次作为文件。' },
  initAndSidecar: { title: 'Init 容器与 sidecar', watch: '注意顺序：init 先运行到结束，sidecar 再启动，最后才是主容器。' },
  taints: { title: '污点与容忍', watch: '一个 Pod 可以运行在带污点的节点上，另一个不行。scheduler 会说明哪个节点拒绝了哪个 Pod。' },
  tooLarge: { title: '大到任何节点都放不下', watch: '没有节点有足够的空间。Pod 停在 Pending，scheduler 逐条统计原因。' },
  probes: { title: '是否就绪', watch: 'Running 不等于 Ready：在就绪探针成功之前，Service 不会把流量发给这个 Pod。' },
  customResource: { title: '自定义资源', watch: '应用两次：第一次 API server 学会一个新的 kind，连同它的 schema、规则和列；第二次才保存这种对象。' },
};
