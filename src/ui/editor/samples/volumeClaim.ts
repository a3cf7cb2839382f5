import type { Sample } from './sample.ts';

export const volumeClaim: Sample = {
  id: 'volumeClaim',
  fileName: 'volume.yaml',
  comments: {
    en: ['One node at a time may write.', 'Delete the pod, apply again: the same volume comes back.'],
    'zh-CN': ['同一时间只有一个节点可以写入。', '删除 Pod 后再次应用，回来的还是同一个卷。'],
  },
  manifest: `apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  name: data
spec:
  #1
  accessModes:
    - ReadWriteOnce
  resources:
    requests:
      storage: 1Gi
---
apiVersion: v1
kind: Pod
metadata:
  name: database
spec:
  containers:
    - name: redis
      image: redis:7
      volumeMounts:
        - name: data
          mountPath: /data
  volumes:
    - name: data
      persistentVolumeClaim:
        #2
        claimName: data
`,
};
