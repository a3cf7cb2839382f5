export default {
  Pending: 'Pending',
  Creating: '创建中',
  Running: 'Running',
  Succeeded: 'Succeeded',
  Failed: 'Failed',
  Terminating: 'Terminating',
  Unknown: 'Unknown',
  explain: {
    Pending: 'API server 已接收，正在等待分配节点',
    Creating: '已分配到节点，正在准备存储卷、网络和镜像',
    Running: '至少有一个容器在运行',
    Succeeded: '所有容器均以退出码 0 结束',
    Failed: '有容器异常退出，且不会再重启',
    Terminating: '已收到停止请求，处于宽限期内',
    Unknown: '所在节点已停止上报状态',
  },
};
