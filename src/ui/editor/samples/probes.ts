import type { Sample } from './sample.ts';

export const probes: Sample = {
  id: 'probes',
  fileName: 'probes.yaml',
  comments: {
    en: ['Until this succeeds the EndpointSlice of the Service lists the pod as not ready.', 'When this fails three times the kubelet restarts the container.'],
    'zh-CN': ['在它成功之前，Service 的 EndpointSlice 会把这个 Pod 标为未就绪。', '连续失败三次，kubelet 就会重启容器。'],
  },
  manifest: `apiVersion: v1
kind: Service
metadata:
  name: cart
spec:
  selector:
    app: cart
  ports:
    - port: 80
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: cart
spec:
  replicas: 2
  selector:
    matchLabels:
      app: cart
  template:
    metadata:
      labels:
        app: cart
    spec:
      containers:
        - name: nginx
          image: nginx:1.27
          ports:
            - containerPort: 80
          #1
          readinessProbe:
            httpGet:
              path: /
              port: 80
            initialDelaySeconds: 10
            periodSeconds: 5
          #2
          livenessProbe:
            tcpSocket:
              port: 80
            periodSeconds: 10
`,
};
